"""What the README asks of the API is asked as the schema has it, within the limits."""

import re
from pathlib import Path

import pytest

from commonweal.web.answers import prepare
from tests.asking import schema

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
DOCUMENTS = re.findall(r"^```graphql\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
SHOWN = ("publishListing", "search", "readRegister", "acceptRegister", "acceptProposals")


def test_the_ways_that_it_describes_are_shown() -> None:
    for field in SHOWN:
        assert any(re.search(rf"\b{field}\(", each) for each in DOCUMENTS), field


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_document_is_sound(document: str) -> None:
    assert not prepare(schema().graphql_schema, document).errors
