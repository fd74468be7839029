"""What a bid says, to the limit and one beyond, and what it still needs."""

from datetime import UTC, datetime
from typing import Any

import pytest

from commonweal.handovers import rules_contents as rules
from commonweal.handovers.rules_contents import (
    BidIncomplete,
    ContentsUnfit,
    Need,
    check_complete,
    checklist,
    contents_of,
)
from commonweal.kernel.ids import write_id
from commonweal.kernel.limits import Limit

DUE = datetime(2026, 12, 6, 12, tzinfo=UTC)
HALL = write_id("cas", 7)


def ask(**given: Any) -> dict[str, Any]:
    return {"asks": [{"caseId": HALL, **given}]}


def needs(document: Any, attachments: tuple[int, ...] = ()) -> list[tuple[Need, str]]:
    found = checklist(
        contents_of(document), criteria=["Need"], cases=[7], attachments=attachments, due=DUE
    )
    assert {each.by for each in found} <= {DUE}
    return [(each.need, each.about) for each in found]


@pytest.mark.parametrize(
    ("limit", "document"),
    [
        (rules.TEXT, lambda n: {"answers": [{"criterion": "Need", "text": "x" * n}]}),
        (rules.NAME, lambda n: {"funding": [{"source": "x" * n, "kind": "SOUGHT", "pence": 1}]}),
        (rules.ITEMS, lambda n: {"costs": [{"what": "x", "pence": 1}] * n}),
        (rules.PENCE, lambda n: {"costs": [{"what": "x", "pence": n}]}),
        (rules.MONTHS, lambda n: ask(termMonths=n)),
        (rules.MINUTES, lambda n: {"pledgedMinutes": n}),
        (rules.ATTACHMENTS, lambda n: {"attachments": [write_id("att", 1)] * n}),
    ],
)
def test_each_limit_is_reached_and_not_passed(limit: Limit, document: Any) -> None:
    contents_of(document(limit.value))
    with pytest.raises(ContentsUnfit):
        contents_of(document(limit.value + 1))


@pytest.mark.parametrize("document", [None, "", {"costs": {}}, {"asks": [{}]}, {"costs": [{}]}])
def test_what_is_no_document_is_refused(document: Any) -> None:
    with pytest.raises(ContentsUnfit):
        contents_of(document)


def test_money_is_whole_pence_and_nothing_at_all_is_an_offer() -> None:
    """Invariant 22: a peppercorn is not null."""
    freehold = ask(instrument="FREEHOLD")
    assert (Need.OFFER, HALL) in needs(freehold)
    freehold["asks"][0]["considerationPence"] = 0
    assert (Need.OFFER, HALL) not in needs(freehold)
    assert (Need.TERM, HALL) not in needs(freehold), "a freehold has no end"
    assert (Need.TERM, HALL) in needs(ask(instrument="LEASE", rentPence=0))


def test_the_funding_is_compared_with_costs_and_prices() -> None:
    document = ask(instrument="FREEHOLD", considerationPence=500)
    document |= {"costs": [{"what": "A roof", "pence": 1_000}]}
    document |= {"funding": [{"source": "x", "kind": "PLEDGED", "pence": 1_499}]}
    assert (Need.FUNDING, "1") in needs(document)
    document["funding"].append({"source": "y", "kind": "SOUGHT", "pence": 1})
    assert Need.FUNDING not in dict(needs(document))


def test_only_what_is_advised_may_be_missing() -> None:
    document = ask(instrument="LEASE", termMonths=84, rentPence=0)
    document |= {
        "answers": [{"criterion": "Need", "text": " "}],
        "attachments": [write_id("att", 3)],
    }
    lacks = [(Need.ANSWER, "Need"), (Need.ATTACHMENT, write_id("att", 3)), (Need.COSTS, "")]
    assert needs(document) == lacks
    document["answers"][0]["text"] = "Yes"
    assert needs(document, (3,)) == [(Need.COSTS, "")]
    some: dict[str, Any] = {"criteria": ["Need"], "cases": [7], "due": DUE}
    check_complete(checklist(contents_of(document), attachments=[3], **some))
    with pytest.raises(BidIncomplete) as raised:
        check_complete(checklist(contents_of(document), attachments=[], **some))
    assert raised.value.needed == (f"attachment ({write_id('att', 3)})",)
