"""A register that comes again proposes; an officer accepts or refuses; nothing is overwritten."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from commonweal.access import ANONYMOUS, Viewer
from commonweal.assets import actions_proposals
from commonweal.assets.rules import AssetState, ProposalKind, ProposalState
from commonweal.assets.tables import Asset, AssetRow, AssetValue, Proposal, RegisterRow
from commonweal.kernel.ids import read_id, write_id
from commonweal.store.audit import verify
from commonweal.store.database import Database
from tests.asking import ask, data
from tests.assets.estate import OFFICER, ROWS, STRANGER, brought_in, csv, estate
from tests.assets.test_publishing import SEARCH, published, withdrawn

PROPOSED = """query($states: [ProposalState!], $kinds: [ProposalKind!]) {
  registers(first: 1) { edges { node { id proposals(first: 100, states: $states, kinds: $kinds) {
    totalCount edges { node { id kind state reason score says changes decidedBy refusal
      asset { reference } row { rowNumber } register { fileName } } } } } } } }"""
ACCEPT = """mutation($id: ID!) { acceptProposal(input: {proposalId: $id}) {
  proposal { state decidedBy } asset { id reference name state version }
  userErrors { ... on UserError { code message } } } }"""
REFUSE = """mutation($id: ID!, $why: String!) {
  refuseProposal(input: {proposalId: $id, reason: $why}) {
  proposal { state refusal } asset { reference }
  userErrors { ... on UserError { code message } } } }"""
ALL = """mutation($id: ID!, $kind: ProposalKind!, $by: MatchReason, $least: Int) {
  acceptProposals(input: {registerId: $id, kind: $kind, matchedBy: $by, leastScore: $least}) {
    decided left register { id } userErrors { ... on UserError { code message } } } }"""
NONE = """mutation($id: ID!, $kind: ProposalKind!, $why: String!) {
  refuseProposals(input: {registerId: $id, kind: $kind, reason: $why}) {
    decided left userErrors { ... on UserError { code message } } } }"""
VALUES = """query($id: ID!, $field: String) { asset(id: $id) { name reference
  values(field: $field, first: 50) { edges { node { field value row { file { fileName } } } } }
  rows { edges { node { rowNumber file { fileName } } } } } }"""
CHANGED = (
    "V/001,New Baths,1 Bath Road,GL50 1AA,394720,222190,Freehold,Buildings Declared Surplus,K1",
    *ROWS[1:],
)
Nodes = list[dict[str, Any]]
BUSY = {"TRY_AGAIN", "BUSY"}


async def proposals(database: Database, viewer: Viewer = OFFICER, **asked: Any) -> Nodes:
    """What the last register proposes."""
    [edge] = (await data(database, PROPOSED, asked, viewer))["registers"]["edges"]
    return [each["node"] for each in edge["node"]["proposals"]["edges"]]


async def next_year(database: Database, rows: Sequence[str], name: str = "2027.csv") -> Nodes:
    """The vale's register comes again; what it proposes."""
    await brought_in(database, csv(rows), name=name)
    return await proposals(database)


async def decide(
    database: Database, mutation: str, viewer: Viewer = OFFICER, **asked: Any
) -> dict[str, Any]:
    [payload] = (await data(database, mutation, asked, viewer)).values()
    found: dict[str, Any] = payload
    return found


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


async def values(database: Database, number: int, field: str) -> list[tuple[str, str]]:
    """The history of a value, the newest first: the value and its file."""
    asked = {"id": write_id("ast", number), "field": field}
    edges = (await data(database, VALUES, asked))["asset"]["values"]["edges"]
    return [(e["node"]["value"], e["node"]["row"]["file"]["fileName"]) for e in edges]


async def test_an_unchanged_register_proposes_nothing_and_its_rows_are_bound_at_once(
    database: Database,
) -> None:
    assets = await estate(database)
    again = list(reversed([row.replace(",Freehold,", ",F/H,") for row in ROWS]))
    assert await next_year(database, again) == []
    assert await AssetRow.all().count() == 10
    assert await Asset.all().count() == 5
    assert await values(database, assets["V/001"], "tenure") == [
        ("F/H", "2027.csv"),
        ("Freehold", "register.csv"),
    ]


async def test_a_change_names_before_and_after_and_accepting_it_makes_it_so(
    database: Database,
) -> None:
    assets = await estate(database)
    number = assets["V/001"]
    row = "v/001,New Baths,1 Bath Road,GL50 1AA,394750,222190,Freehold,,K1"
    [proposal] = await next_year(database, [row, *ROWS[1:]])
    assert (proposal["kind"], proposal["reason"], proposal["asset"]["reference"]) == (
        "CHANGE", "CODE", "V/001",
    )  # fmt: skip
    assert "its code is the same, in whatever case" in proposal["says"]
    changes = {c["field"]: (c["before"], c["after"]) for c in proposal["changes"]}
    assert changes == {
        "reference": ("V/001", "v/001"),
        "name": ("Old Baths", "New Baths"),
        "location": (
            "394720, 222190 (British National Grid)",
            "394750, 222190 (British National Grid)",
        ),
        "holding_type": ("Buildings Declared Surplus", None),
        "land_only": ("no", None),
        "declared_surplus": ("yes", "no"),
    }
    assert [c["metres"] for c in proposal["changes"] if c["field"] == "location"] == [30]
    assert await Asset.exists(id=number, name="Old Baths", reference="V/001")

    done = await decide(database, ACCEPT, id=proposal["id"])
    assert codes(done) == []
    assert done["proposal"] == {"state": "ACCEPTED", "decidedBy": OFFICER.name}
    assert done["asset"] == {
        "id": write_id("ast", number), "reference": "v/001", "name": "New Baths",
        "state": "HELD", "version": 2,
    }  # fmt: skip
    assert await Asset.exists(id=number, holding_type=None, declared_surplus=False)
    assert await values(database, number, "name") == [
        ("New Baths", "2027.csv"),
        ("Old Baths", "register.csv"),
    ]
    assert (await values(database, number, "holding_type"))[0] == ("", "2027.csv")
    assert await AssetRow.filter(asset_id=number).count() == 2
    assert not (await verify(database)).broken
    found = await data(database, '{ assets(reference: "V/001") { totalCount } }')
    assert found["assets"]["totalCount"] == 1  # it is found in any case, as before


async def test_a_refused_change_leaves_the_asset_and_its_reason(database: Database) -> None:
    assets = await estate(database)
    [proposal] = await next_year(database, CHANGED)
    assert codes(await decide(database, REFUSE, id=proposal["id"], why=" ")) == ["REASON_LENGTH"]
    done = await decide(database, REFUSE, id=proposal["id"], why=" Not its name ")
    assert done["proposal"] == {"state": "REFUSED", "refusal": "Not its name"}
    assert (await Asset.get(id=assets["V/001"])).name == "Old Baths"
    assert await AssetRow.filter(asset_id=assets["V/001"]).count() == 1
    for mutation in (ACCEPT, REFUSE):
        again = await decide(database, mutation, id=proposal["id"], why="x")
        assert codes(again) == ["WRONG_STATE"]


async def test_new_and_split_rows_add_an_asset_when_they_are_accepted(database: Database) -> None:
    await estate(database)
    new = "V/006,New Hall,6 High Street,GL50 1AF,395720,222190,Freehold,Community Buildings,K4"
    part = "V/001/A,Pump Room,1 Bath Road,GL50 1AA,394725,222190,Freehold,,K5"
    found = await next_year(database, [*ROWS, new, part])
    assert [(p["kind"], p["reason"], p["asset"]) for p in found] == [
        ("NEW", None, None),
        ("SPLIT", "CODE_PART", {"reference": "V/001"}),
    ]
    assert {c["field"]: c["after"] for c in found[0]["changes"]}["name"] == "New Hall"
    for proposal, reference in zip(found, ("V/006", "V/001/A"), strict=True):
        done = await decide(database, ACCEPT, id=proposal["id"])
        assert (done["asset"]["reference"], done["asset"]["state"]) == (reference, "HELD")
        number = read_id("ast", done["asset"]["id"])
        assert await AssetRow.filter(asset_id=number).count() == 1
        assert await AssetValue.filter(asset_id=number).exists()
    assert await Asset.all().count() == 7
    assert await next_year(database, [*ROWS, new, part, ","], "2028.csv") == []


async def test_a_missing_asset_becomes_a_former_one_and_comes_back(database: Database) -> None:
    assets = await estate(database)
    number = assets["V/002"]
    rows = [ROWS[0], *ROWS[2:]]
    [proposal] = await next_year(database, rows)
    assert (proposal["kind"], proposal["row"], proposal["changes"]) == (
        "MISSING", None, [{"field": "state", "before": "held", "after": "former"}],
    )  # fmt: skip
    done = await decide(database, ACCEPT, id=proposal["id"])
    assert done["asset"]["state"] == "FORMER"
    assert codes(await published(database, number)) == ["WRONG_STATE"]
    assert await Asset.all().count() == 5
    assert await next_year(database, [*rows, ""], "still gone.csv") == []

    [back] = await next_year(database, ROWS[::-1], "back.csv")
    assert back["changes"] == [{"field": "state", "before": "former", "after": "held"}]
    restored = await decide(database, ACCEPT, id=back["id"])
    assert (restored["asset"]["state"], restored["asset"]["id"]) == (
        "HELD", write_id("ast", number),
    )  # fmt: skip
    assert not (await verify(database)).broken


async def test_a_merged_asset_becomes_a_former_one_that_stands_in_the_other_s_row(
    database: Database,
) -> None:
    await estate(database)
    halves = [f"G/{n},Garages {n},,,395720,222190,Freehold,,," for n in (1, 2)]
    await brought_in(database, csv([*ROWS, *halves]), name="halves.csv")
    register = (await data(database, PROPOSED, {}, OFFICER))["registers"]["edges"][0]["node"]["id"]
    assert (await decide(database, ALL, id=register, kind="NEW"))["decided"] == 2
    found = await next_year(database, [*ROWS, "G/1,Garages 1 and 2,,,395720,222190,Freehold,,,"])
    assert [p["kind"] for p in found] == ["CHANGE", "MERGE"]
    done = await decide(database, ACCEPT, id=found[1]["id"])
    assert (done["asset"]["reference"], done["asset"]["state"]) == ("G/2", "FORMER")
    await decide(database, ACCEPT, id=found[0]["id"])
    row = await RegisterRow.filter(row_number=found[1]["row"]["rowNumber"]).order_by("-id").first()
    assert row
    assert await AssetRow.filter(row_id=row.id).count() == 2


async def test_a_listed_asset_is_withdrawn_before_it_is_former_and_shows_what_is_accepted(
    database: Database,
) -> None:
    assets = await estate(database)
    baths = (await published(database, assets["V/001"]))["listing"]["id"]
    hall = (await published(database, assets["V/002"]))["listing"]["id"]
    found = await next_year(database, [CHANGED[0], *ROWS[2:]])
    change, missing = found
    assert codes(await decide(database, ACCEPT, id=change["id"])) == []
    edges = (await data(database, SEARCH))["search"]["edges"]
    assert {edge["node"]["title"] for edge in edges} == {"New Baths", "Town Hall"}
    refused = await decide(database, ACCEPT, id=missing["id"])
    assert codes(refused) == ["WRONG_STATE"]
    assert "listed" in refused["userErrors"][0]["message"]
    await withdrawn(database, hall)
    assert codes(await decide(database, ACCEPT, id=missing["id"])) == []
    assert (await withdrawn(database, baths))["asset"] == {"state": "HELD"}


async def test_what_is_listed_does_not_turn_into_a_painting(database: Database) -> None:
    assets = await estate(database)
    await published(database, assets["V/001"])
    row = ROWS[0].replace("Buildings Declared Surplus", "Art")
    [change] = await next_year(database, [row, *ROWS[1:]])
    assert codes(await decide(database, ACCEPT, id=change["id"])) == ["NOT_LISTABLE"]


async def test_a_proposal_is_outdated_once_the_asset_is_otherwise(database: Database) -> None:
    assets = await estate(database)
    [proposal] = await next_year(database, CHANGED)
    await Asset.filter(id=assets["V/001"]).update(name="Lido")
    refused = await decide(database, ACCEPT, id=proposal["id"])
    assert codes(refused) == ["PROPOSAL_OUTDATED"]
    assert "'Lido'" in refused["userErrors"][0]["message"]
    register = write_id("rgf", (await Proposal.get()).file_id)
    tried = await decide(database, ALL, id=register, kind="CHANGE")
    assert (tried["decided"], tried["left"]) == (0, 1)
    assert (await Asset.get(id=assets["V/001"])).name == "Lido"


async def test_a_later_register_s_proposals_supersede_those_about_the_same(
    database: Database,
) -> None:
    await estate(database)
    one, other = "N/1,One,,,,,Freehold,,", "N/2,Other,,,,,Freehold,,"
    first = await next_year(database, [CHANGED[0], *ROWS[2:], one, other], "first.csv")
    assert Counter(p["kind"] for p in first) == {"CHANGE": 1, "MISSING": 1, "NEW": 2}
    second = await next_year(database, [*ROWS, one], "second.csv")
    assert [p["row"]["rowNumber"] for p in second] == [7]
    states = Counter(await Proposal.all().values_list("kind", "state"))
    assert states == {
        (ProposalKind.CHANGE, ProposalState.SUPERSEDED): 1,
        (ProposalKind.MISSING, ProposalState.SUPERSEDED): 1,
        (ProposalKind.NEW, ProposalState.SUPERSEDED): 1,  # one comes again, in the second
        (ProposalKind.NEW, ProposalState.OPEN): 2,  # the other is nowhere else, and stays
    }
    old = next(p["id"] for p in first if p["kind"] == "CHANGE")
    assert codes(await decide(database, ACCEPT, id=old)) == ["WRONG_STATE"]


async def test_a_column_that_the_file_lacks_changes_nothing(database: Database) -> None:
    assets = await estate(database)
    headers = "Asset Reference,Address,Postcode"
    rows = [",".join((r.split(",")[0], *r.split(",")[2:4])) for r in ROWS]
    assert await brought_in(database, csv(rows, headers), name="short.csv")
    assert await proposals(database) == []
    baths = await Asset.get(id=assets["V/001"])
    assert (baths.name, baths.tenure, baths.location is None) == ("Old Baths", "FREEHOLD", False)
    moved = [rows[0].replace("1 Bath Road", "2 Bath Road"), *rows[1:]]
    assert await brought_in(database, csv(moved, headers), name="moved.csv")
    [proposal] = await proposals(database)
    assert [c["field"] for c in proposal["changes"]] == ["address"]


async def test_proposals_are_for_officers_of_the_council_only(database: Database) -> None:
    assets = await estate(database)
    [proposal] = await next_year(database, CHANGED)
    whole = "query($id: ID!) { asset(id: $id) { proposals { totalCount } } }"
    asked = {"id": write_id("ast", assets["V/001"])}
    for viewer, count, refusal in (
        (OFFICER, 1, []),
        (STRANGER, 0, ["NOT_FOUND"]),
        (ANONYMOUS, 0, ["NOT_FOUND"]),
        (Viewer(9, "of no council"), 0, ["NOT_FOUND"]),
    ):
        assert len(await proposals(database, viewer)) == count
        seen = (await data(database, whole, asked, viewer))["asset"]["proposals"]["totalCount"]
        assert seen == count
        if refusal:
            assert codes(await decide(database, ACCEPT, viewer, id=proposal["id"])) == refusal
            assert codes(await decide(database, REFUSE, viewer, id=proposal["id"], why="x")) == (
                refusal
            )
    register = write_id("rgf", (await Proposal.get()).file_id)
    assert codes(await decide(database, ALL, STRANGER, id=register, kind="CHANGE")) == [
        "NOT_ALLOWED"
    ]
    assert (await Proposal.get()).state is ProposalState.OPEN


def many(count: int, name: str) -> list[str]:
    return [f"M/{n:03},{name} {n},{n} Long Lane,,,,Freehold,Depots,K" for n in range(count)]


async def test_all_of_a_kind_are_decided_in_batches_that_say_what_is_left(
    database: Database,
) -> None:
    limit = actions_proposals.AT_ONCE.value
    await estate(database)
    await brought_in(database, csv([*ROWS, *many(limit + 5, "Depot")]), name="depots.csv")
    register = write_id("rgf", (await Proposal.all().first()).file_id)  # type: ignore[union-attr]
    first = await decide(database, ALL, id=register, kind="NEW")
    assert (first["decided"], first["left"]) == (limit, 5)
    assert (await decide(database, ALL, id=register, kind="NEW"))["left"] == 0
    assert await Asset.all().count() == limit + 10

    await brought_in(database, csv([*ROWS, *many(limit + 5, "Store")]), name="stores.csv")
    register = write_id("rgf", (await Proposal.filter(kind="CHANGE").first()).file_id)  # type: ignore[union-attr]
    none = await decide(database, ALL, id=register, kind="CHANGE", by="UPRN_AND_PLACE")
    assert (none["decided"], none["left"]) == (0, 0)
    sure = await decide(database, ALL, id=register, kind="CHANGE", least=9_999)
    assert sure["decided"] == 0
    refused = await decide(database, NONE, id=register, kind="CHANGE", why="Depots they are")
    assert (refused["decided"], refused["left"]) == (limit, 5)
    rest = await decide(database, ALL, id=register, kind="CHANGE", by="CODE")
    assert (rest["decided"], rest["left"]) == (5, 0)
    names = await Asset.filter(name__startswith="Store").count()
    assert names == 5
    assert not (await verify(database)).broken


async def test_what_is_no_proposal_is_not_found(database: Database) -> None:
    assets = await estate(database)
    for given in (write_id("prp", 5), write_id("ast", assets["V/001"]), "x"):
        body = await ask(database, ACCEPT, {"id": given}, OFFICER)
        assert codes(body["data"]["acceptProposal"]) == ["NOT_FOUND"]
    assert not await Asset.exists(state=AssetState.FORMER)
