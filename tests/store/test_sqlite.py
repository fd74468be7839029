"""Scripts are cut where their statements end."""

import pytest

from commonweal.store.sqlite import statements_of

TRIGGER = "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; DELETE FROM c; END;"
SCRIPTS = {
    "": [],
    " ;\n; ": [],
    "SELECT 1": ["SELECT 1"],
    "SELECT 1;": ["SELECT 1;"],
    "SELECT 1; SELECT 2": ["SELECT 1;", "SELECT 2;"],
    f"{TRIGGER} SELECT 1;": [TRIGGER, "SELECT 1;"],
    "SELECT 'a;b', \"c;d\"; SELECT 2;": ["SELECT 'a;b', \"c;d\";", "SELECT 2;"],
    "SELECT 1 -- not; the end\n, 2;": ["SELECT 1 -- not; the end\n, 2;"],
    "SELECT /* nor; here */ 1;": ["SELECT /* nor; here */ 1;"],
}


@pytest.mark.parametrize(("script", "statements"), SCRIPTS.items())
def test_a_script_is_cut_at_the_ends_of_its_statements(script: str, statements: list[str]) -> None:
    cut = list(statements_of(script))
    assert [one.rstrip(";") for one in cut] == [one.rstrip(";") for one in statements]
