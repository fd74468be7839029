"""Every column that names a person has its line in the table of what is held."""

from commonweal.kernel.ids import read_id
from commonweal.privacy.holdings import HOLDINGS
from commonweal.store.database import Database

# Columns in which a person's number, name or address can stand.
NAMES = (
    *("person_id", "owner_id", "reporter_id", "reader_id", "checker_id", "child_id", "blocked_id"),
    *("by_hand_of_id", "by_id", "_by", "actor", "email", "email_key", "to_address", "phone"),
)
# Tables with such a column that are not about a person, each with why.
OTHERS = {
    "Proposal": "which officer decided, by number: a decision of the council's",
    "Hiding": "which officer hid it, by number: a decision of the council's",
    "Appeal": "who appealed for an organisation, by number, and what it says",
}


async def test_every_table_that_names_a_person_has_a_line(database: Database) -> None:
    apps = database.context.apps
    assert apps
    models = apps.get_models_iterable()
    naming = {
        model.__name__
        for model in models
        if any(column.endswith(NAMES) for column in model._meta.fields_db_projection)
    }
    held = {holding.model.__name__ for holding in HOLDINGS}
    assert naming - held - set(OTHERS) == set()
    assert set(OTHERS) <= naming, "a line of OTHERS is out of date"


def test_each_line_says_one_thing_of_what_becomes_of_its_rows() -> None:
    for holding in HOLDINGS:
        assert not (holding.blank and holding.kept), holding.what
        columns = set(holding.model._meta.fields_map)
        assert set(holding.hidden) <= columns, holding.what
    assert len({holding.what for holding in HOLDINGS}) == len(HOLDINGS)
    assert read_id("per", "per_0000000000000") == 0
