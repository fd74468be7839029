"""A case that takes expressions of interest, and groups that express theirs."""

from typing import Any

from commonweal.handovers.rules import CaseState, Stage
from commonweal.handovers.tables import Case
from commonweal.kernel.ids import write_id
from commonweal.store.database import Database
from tests.handovers.making import a_case, a_round
from tests.makers import the_council
from tests.people.signing import Somebody, refused, signed_in
from tests.people.stories import a_group

QUESTIONS = ("Who are you?", "What is it for?")  # of making.a_round
ANSWERS = [{"question": question, "answer": "We are the Friends."} for question in QUESTIONS]
INTEREST = "interest { id state verdict answers judgements }"
EOI = Stage.EOI


async def a_listed_case(database: Database, **more: Any) -> Case:
    round_ = await a_round(database, await the_council(database))
    return await a_case(database, round_, **({"state": CaseState.LISTED} | more))


async def an_owner(database: Database, name: str = "ada", **more: Any) -> tuple[Somebody, str]:
    """Somebody, and the group that they own."""
    owner = await signed_in(database, f"{name}@example.org")
    return owner, await a_group(owner, f"Friends of {name}", **more)


def number(case: Case) -> str:
    return write_id("cas", case.id)


async def express(
    owner: Somebody, group: str, case: Case, answers: Any = ANSWERS
) -> dict[str, Any]:
    given = {"organisationId": group, "caseId": number(case), "answers": answers}
    return await owner.does("expressInterest", INTEREST, **given)


async def expressed(owner: Somebody, group: str, case: Case) -> str:
    """The id of an expression of interest."""
    payload = await express(owner, group, case)
    assert refused(payload) == []
    found: str = payload["interest"]["id"]
    return found
