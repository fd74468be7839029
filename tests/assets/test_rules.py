"""What may happen to an asset, in which state."""

import pytest

from commonweal.assets.rules import (
    ASSET,
    MAX_KEY,
    AssetState,
    NotListable,
    check_listable,
    reference_key,
)
from commonweal.kernel.lifecycle import WrongState

ALLOWED = {
    ("publish", "held"): "listed",
    ("withdraw", "listed"): "held",
    ("close", "listed"): "held",
    ("retire", "held"): "former",
    ("restore", "former"): "held",
    ("hand_over", "held"): "handed",
    ("take_back", "handed"): "held",
}


@pytest.mark.parametrize("state", AssetState)
@pytest.mark.parametrize("move", [move.name for move in ASSET.moves])
def test_a_move_is_possible_from_its_own_states_and_no_other(move: str, state: AssetState) -> None:
    if (move, state) in ALLOWED:
        assert ASSET.check(move, state) == ALLOWED[move, state]
        return
    with pytest.raises(WrongState) as refused:
        ASSET.check(move, state)
    assert (refused.value.move, refused.value.state) == (move, state)


def test_what_is_no_land_is_never_listable_and_the_refusal_says_why() -> None:
    check_listable("Old Baths", None)
    with pytest.raises(NotListable) as refused:
        check_listable("Silver Mace", "its holding type is Civic Regalia")
    assert refused.value.message == (
        "Silver Mace is not land or a building (its holding type is Civic Regalia): it can be kept "
        "here, but never listed."
    )


def test_references_are_compared_in_any_case_and_by_as_much_as_an_index_takes() -> None:
    assert reference_key("WDC/Éire/001") == reference_key("wdc/éire/001") == "wdc/éire/001"
    assert len(reference_key("x" * 5_000)) == MAX_KEY == 200
