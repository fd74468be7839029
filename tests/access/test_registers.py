"""Who may read, accept, discard a register, and decide what it proposes."""

from typing import Any, Final

import pytest

from commonweal.assets.rules import ProposalKind, ProposalState, RegisterState
from commonweal.assets.tables import Proposal, RegisterFile
from commonweal.kernel.ids import write_id
from commonweal.store.database import Database
from commonweal.store.transaction import Transaction, in_transaction
from tests.asking import data
from tests.graph.town import ASSETS, COUNCIL, FILES, ISLES, LICENCE, VIEWERS

READ, PROPOSALS, MISSING = 400, 500, 90
WHOSE: Final = {"own": 0, "other's": 1, "missing": MISSING}  # as the officer of the council sees it
DONE, SIGN_IN, REFUSED, NOT_THERE = "DONE", "SIGN_IN_NEEDED", "NOT_ALLOWED", "NOT_FOUND"
FILE: Final = write_id("fil", 5)  # which is nobody's
# each mutation's input, by what is added to a first id, and whether all see what it concerns
DECIDED: Final[dict[str, tuple[str, int, str, bool]]] = {
    "acceptProposal": ("prp", PROPOSALS, "proposalId: {}", False),
    "acceptProposals": ("rgf", FILES, "registerId: {}, kind: NEW", True),
    "acceptRegister": ("rgf", READ, "registerId: {}", False),
    "discardRegister": ("rgf", READ, "registerId: {}", False),
    "readRegister": ("are", COUNCIL, f'councilId: {{}}, fileId: "{FILE}", licence: "x"', True),
    "refuseProposal": ("prp", PROPOSALS, 'proposalId: {}, reason: "x"', False),
    "refuseProposals": ("rgf", FILES, 'registerId: {}, kind: NEW, reason: "x"', True),
}


async def undecided(database: Database) -> None:
    """Of each council a register that was read, and a proposal."""

    async def work(_tx: Transaction) -> None:
        for n, council in enumerate((COUNCIL, ISLES)):
            values: dict[str, Any] = {"council_id": council, "row_count": 0, "notes": []}
            values |= {"mapping": {}, "licence": LICENCE, "encoding": "utf-8"}
            await RegisterFile.create(
                id=READ + n, state=RegisterState.READ, file_name="x", sha256=f"{n}", **values
            )
            await Proposal.create(
                id=PROPOSALS + n,
                council_id=council,
                file_id=FILES + n,
                kind=ProposalKind.MISSING,
                state=ProposalState.OPEN,
                asset_id=ASSETS + (1, 8)[n],
                changes=[],
            )

    await in_transaction(database, work)


def expected(operation: str, who: str, whose: str) -> str:
    seen = DECIDED[operation][3]
    if whose == "missing":
        return NOT_THERE
    if (who, whose) in (("officer", "own"), ("islander", "other's")):
        return DONE if operation != "readRegister" else NOT_THERE  # the file
    return (SIGN_IN if who == "anyone" else REFUSED) if seen else NOT_THERE


@pytest.mark.parametrize("operation", DECIDED)
async def test_who_may_decide_whose(own_town: Database, operation: str) -> None:
    await undecided(own_town)
    prefix, first, given, _ = DECIDED[operation]
    asked = [(who, whose) for who in VIEWERS for whose in WHOSE]
    told = "userErrors { ... on UserError { code } }"
    for who, whose in sorted(asked, key=lambda pair: expected(operation, *pair) == DONE):
        text = given.format(f'"{write_id(prefix, first + WHOSE[whose])}"')
        mutation = f"mutation {{ made: {operation}(input: {{{text}}}) {{ {told} }} }}"
        made = (await data(own_town, mutation, None, VIEWERS[who]))["made"]
        code = next((error["code"] for error in made["userErrors"]), DONE)

        assert code == expected(operation, who, whose), (who, whose)


async def test_who_may_see_whose_proposals_and_registers(own_town: Database) -> None:
    await undecided(own_town)
    query = """query($file: ID!, $read: ID!) { read: register(id: $read) { id }
      register(id: $file) { proposals { totalCount } } }"""
    for who, viewer in VIEWERS.items():
        for n, whose in enumerate(("own", "other's")):
            given = {"file": write_id("rgf", FILES + n), "read": write_id("rgf", READ + n)}
            found = await data(own_town, query, given, viewer)
            theirs = (who, whose) in (("officer", "own"), ("islander", "other's"))

            assert found["register"]["proposals"]["totalCount"] == theirs
            assert (found["read"] is not None) is theirs
