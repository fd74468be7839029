"""What keeps a council from offering something."""

import re
from importlib import import_module

import pytest

from commonweal.handovers import rules_offers as offers
from commonweal.handovers.rules import ON_OFFER
from commonweal.handovers.rules_offers import Blocking

NO_TO_ALL = dict.fromkeys(Blocking, False)


def test_an_asset_is_offered_once_all_four_questions_are_answered_with_no() -> None:
    offers.check_offerable(NO_TO_ALL)
    assert offers.BLOCKING.keys() == {*Blocking}


@pytest.mark.parametrize("question", Blocking)
def test_a_yes_to_any_of_the_four_questions_blocks(question: Blocking) -> None:
    with pytest.raises(offers.BlockedFromOffer) as refused:
        offers.check_offerable({**NO_TO_ALL, question: True})
    assert refused.value.questions == (question.value,)


@pytest.mark.parametrize("question", Blocking)
def test_a_question_without_an_answer_is_no_no(question: Blocking) -> None:
    left_out = {each: False for each in Blocking if each is not question}
    for answers in (left_out, {**NO_TO_ALL, question: None}):
        with pytest.raises(offers.QuestionsUnanswered) as refused:
            offers.check_offerable(answers)
        assert refused.value.questions == (question.value,)


def test_what_is_on_offer_is_what_the_index_says() -> None:
    """Of an asset one case at a time: asked of the code for a sentence, of the index for a race."""
    indexes = import_module("commonweal.migrations.0021_rounds").INDEXES
    states = re.findall(r"'(\w+)'", indexes["handover_case_on_offer"])
    assert states == [state.value for state in ON_OFFER]
