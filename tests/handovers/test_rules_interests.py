"""Expressions of interest: what their answers are worth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.handovers import rules_interests as interests
from commonweal.handovers.rules_interests import Judgement, Verdict

QUESTIONS = ("constituted", "accounts", "need")


def judged(*verdicts: Verdict) -> list[Judgement]:
    return [
        Judgement(question, verdict, "not incorporated yet" if "CAVEATS" in verdict else "")
        for question, verdict in zip(QUESTIONS, verdicts, strict=True)
    ]


@given(st.lists(st.sampled_from(Verdict), min_size=3, max_size=3))
def test_an_expression_is_worth_what_its_worst_answer_is(verdicts: list[Verdict]) -> None:
    worst = next(v for v in ("FAIL", "PASS_WITH_CAVEATS", "PASS") if v in verdicts)
    assert interests.eoi_verdict(judged(*verdicts), QUESTIONS) == worst


def test_a_caveat_is_written_where_there_is_one_and_nowhere_else() -> None:
    passing = judged(Verdict.PASS, Verdict.PASS, Verdict.PASS)[1:]
    for verdict, caveat, refusal in (
        (Verdict.PASS_WITH_CAVEATS, "  ", interests.CaveatMissing("constituted")),
        (Verdict.PASS, "later", interests.CaveatUnused("constituted", "PASS")),
        (Verdict.FAIL, "later", interests.CaveatUnused("constituted", "FAIL")),
    ):
        with pytest.raises(type(refusal)) as refused:
            interests.eoi_verdict([Judgement("constituted", verdict, caveat), *passing], QUESTIONS)
        assert refused.value == refusal


def test_there_is_no_verdict_before_every_answer_is_judged_and_each_is_judged_once() -> None:
    given_ = judged(Verdict.PASS, Verdict.FAIL, Verdict.PASS)
    with pytest.raises(interests.AnswersUnjudged) as refused:
        interests.eoi_verdict(given_[:1], QUESTIONS)
    assert refused.value.questions == ("accounts", "need")
    with pytest.raises(interests.QuestionUnknown):
        interests.eoi_verdict([*given_, given_[0]], QUESTIONS)
    with pytest.raises(interests.QuestionUnknown):
        interests.eoi_verdict([Judgement("colour", Verdict.PASS)], QUESTIONS)
