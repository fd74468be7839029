"""Every column that names a person has its line in the table of what is held."""

from collections.abc import Iterator

from tortoise.expressions import Q

from commonweal.people.tables import Person
from commonweal.privacy.holdings import HOLDINGS
from commonweal.store.database import Database

# Columns in which a person's number, name or address can stand.
NAMES = (
    *("person_id", "owner_id", "reporter_id", "reader_id", "checker_id", "child_id", "blocked_id"),
    *("by_hand_of_id", "by_id", "_by", "actor", "subject_id", "asker_id", "maker_id"),
    *("email", "email_key", "to_address", "phone"),
)
# Such columns by which nothing is found of a person, each with why.
OTHERS = {
    "Announcement.subject_id": "a listing's, and no person's",
    "Block.blocked_id": "who is blocked is not told; erasing deletes it (actions.py)",
    "EmergencyContact.phone": "of whoever is called; found by the number of whose it is",
    "GrantFile.actor": "found by the number of who granted",
    "Hiding.subject_id": "a listing's or an organisation's: people are not hidden",
    "Hold.actor": "an act stays, and nothing leads from its number to whoever was erased",
    "Listing.subject_id": "an asset's, and no person's",
    "Person.email": "found by the number",
    "Person.email_key": "found by the number",
    "Person.phone": "found by the number",
    "Person.registered_by_id": "an organisation's",
    "Transfer.actor": "as of holds; whose value it was, the rooms above will say",
}
SOMEBODY = Person(id=1, email="a@example.org", email_key="a@example.org")


def asked(q: Q) -> Iterator[str]:
    """The columns by which rows are found."""
    yield from (name.partition("__")[0] for name in q.filters)
    for child in q.children:
        yield from asked(child)


async def test_every_column_that_names_a_person_has_a_line(database: Database) -> None:
    apps = database.context.apps
    assert apps
    naming = {
        f"{model.__name__}.{column}"
        for model in apps.get_models_iterable()
        for column in model._meta.fields_db_projection
        if column.endswith(NAMES)
    }
    held = {
        f"{holding.model.__name__}.{column}"
        for holding in HOLDINGS
        for column in (*asked(holding.theirs(SOMEBODY)), holding.address)
    }
    assert naming - held - set(OTHERS) == set()
    assert set(OTHERS) <= naming - held, "a line of OTHERS is out of date"


def test_each_line_says_one_thing_of_what_becomes_of_its_rows() -> None:
    for holding in HOLDINGS:
        assert not (holding.blank and holding.kept), holding.what
        assert not (holding.hidden and holding.shown), holding.what
        columns = set(holding.model._meta.fields_db_projection)
        named = {*holding.hidden, *holding.shown, *holding.blank}
        assert named <= columns, holding.what
    assert len({holding.what for holding in HOLDINGS}) == len(HOLDINGS)
