"""A round's key: whole or not there, the service's alone; or any k of n shares, and no fewer."""

import os
import subprocess
import sys
from itertools import combinations, product
from pathlib import Path

import pytest

from commonweal.handovers.round_keys import (
    KeyExposed,
    KeyFolder,
    KeyMissing,
    KeyNotKept,
    KeyNotOurs,
    KeyNotTheRounds,
    KeyUnreadable,
    for_holders,
    from_holders,
)
from commonweal.handovers.sealing import public_of
from commonweal.handovers.sharing import (
    HOLDERS,
    HoldersNotPossible,
    ShareMistyped,
    ShareOfAnotherRound,
    SharesMissing,
    value_at,
)


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    return KeyFolder(tmp_path / "keys")


def test_a_key_is_kept_for_the_service_alone_and_made_once(keys: KeyFolder) -> None:
    public = keys.make(7)

    assert public_of(keys.private_key(7, public)) == public
    assert keys.make(7) == public
    assert keys.make(8) != public
    assert keys.service_key() == keys.service_key()
    assert keys.folder.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in keys.folder.iterdir()} == {"7.key", "8.key", "service.key"}
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in keys.folder.iterdir())


def test_of_two_that_make_a_key_at_once_the_second_gets_the_firsts(
    keys: KeyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = keys.make(7)
    monkeypatch.setattr(Path, "exists", lambda _path: False)  # it looked before the first wrote

    assert keys.make(7) == first


def test_a_crash_before_a_key_has_its_name_leaves_no_half_of_it(keys: KeyFolder) -> None:
    crash = (
        "import os, sys, pathlib; from commonweal.handovers.round_keys import KeyFolder\n"
        "os.link = lambda *_: os._exit(9)\n"
        "KeyFolder(pathlib.Path(sys.argv[1])).make(7)"
    )
    ended = subprocess.run([sys.executable, "-c", crash, str(keys.folder)], check=False)

    assert ended.returncode == 9
    with pytest.raises(KeyMissing):
        keys.private_key(7, b"")
    public = keys.make(7)
    assert public_of(keys.private_key(7, public)) == public


def test_what_cannot_be_trusted_is_refused(
    keys: KeyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = keys.make(7)
    path = keys.folder / "7.key"

    with pytest.raises(KeyNotTheRounds):
        keys.private_key(7, keys.make(8))
    for exposed, usual in ((path, 0o600), (keys.folder, 0o700)):
        for bit in (0o040, 0o020, 0o004, 0o002):
            exposed.chmod(usual | bit)
            with pytest.raises(KeyExposed):
                keys.private_key(7, public)
        exposed.chmod(usual)
    with monkeypatch.context() as other:
        other.setattr(os, "geteuid", lambda: keys.folder.stat().st_uid + 1)
        with pytest.raises(KeyNotOurs):
            keys.private_key(7, public)
    whole = path.read_text()
    for text in ("", whole[:-2], "zz" + whole[2:], whole + "00"):
        path.write_text(text)
        with pytest.raises(KeyUnreadable) as refused:
            keys.private_key(7, public)
        assert whole[2:20] not in str(refused.value) + repr(refused.value)
    path.unlink()
    path.symlink_to(keys.folder / "8.key")
    with pytest.raises(KeyUnreadable):
        keys.private_key(7, public)
    path.unlink()
    path.mkdir(mode=0o700)
    with pytest.raises(KeyUnreadable):
        keys.private_key(7, public)


def test_a_key_that_cannot_be_written_opens_no_round(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(KeyNotKept):
        KeyFolder(tmp_path / "file" / "keys").make(7)


@pytest.mark.parametrize(("needed", "holders"), [(2, 2), (2, 3), (3, 5), (5, 5)])
def test_any_k_of_n_open_and_fewer_do_not(needed: int, holders: int) -> None:
    public, texts = for_holders(needed=needed, holders=holders)

    for some in combinations(texts, needed):
        assert public_of(from_holders(some[::-1], public)) == public
    assert public_of(from_holders(texts, public)) == public
    for few in combinations(texts, needed - 1):
        with pytest.raises(SharesMissing):
            from_holders([*few, few[0]], public)


def test_fewer_shares_than_needed_are_as_likely_for_every_secret() -> None:
    """All polynomials of a secret give each pair of two shares exactly once, of 3 needed."""
    for secret in (0, 0x5A):
        pairs = {
            (value_at((secret, a, b), 1), value_at((secret, a, b), 3))
            for a, b in product(range(256), repeat=2)
        }
        assert len(pairs) == 256**2


def test_a_share_typed_wrong_is_named_by_its_place_and_never_by_its_text() -> None:
    public, (one, other) = for_holders(needed=2, holders=2)

    for at, letter in enumerate(other):
        if letter != "-":
            wrong = other[:at] + ("A" if letter != "A" else "C") + other[at + 1 :]
            with pytest.raises(ShareMistyped) as refused:
                from_holders([one, wrong], public)
            assert refused.value.which == 2
            assert wrong[5:14] not in str(refused.value) + repr(refused.value)
    for wrong in ("", "é", other[:-1], other + "A", other + "="):
        with pytest.raises(ShareMistyped):
            from_holders([one, wrong], public)


def test_a_share_may_be_typed_in_small_letters_with_spaces_and_lookalike_digits() -> None:
    public, (one, other) = for_holders(needed=2, holders=2)
    typed = one.lower().replace("-", " ").replace("o", "0").replace("i", "1").replace("b", "8")

    assert public_of(from_holders([typed, other], public)) == public


def test_shares_of_two_rounds_are_not_mixed() -> None:
    public, (one, _) = for_holders(needed=2, holders=2)
    _, (_, foreign) = for_holders(needed=2, holders=2)

    with pytest.raises(ShareOfAnotherRound):
        from_holders([one, foreign], public)


@pytest.mark.parametrize(("needed", "of"), [(1, 3), (4, 3), (2, HOLDERS.value + 1)])
def test_at_least_two_and_at_most_all_holders_are_needed(needed: int, of: int) -> None:
    with pytest.raises(HoldersNotPossible):
        for_holders(needed=needed, holders=of)
