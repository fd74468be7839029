"""Where the keys of sealed bids are: a folder outside the database, or holders and nowhere.

    public = keys.make(round_id)                       # at opening; the row keeps the public half
    private = keys.private_key(round_id, public)       # after the deadline
    public, texts = for_holders(needed=2, holders=3)   # shown once, kept by nobody here
    private = from_holders(texts, public)

A key is a file of its own that only the service may read, there whole or not at all, and never
overwritten: bids are sealed with it. Keep the folder out of the database's backups, and back it up
elsewhere: without it no bid can be opened. The service's key, by which bidders read their own,
lies here too; the one in `store/keyed.py` is in the database and would open every bid to its
holder. No key and no share may reach an error or a log.
"""

import contextlib
import hashlib
import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from commonweal.kernel.errors import UserError, fact

from .sealing import KEY_BYTES, public_of
from .sharing import joined, split

SERVICE: Final = "service"
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@fact
class KeyMissing(UserError):
    says = "There is no {file} in the key folder. Bring it back from the folder's own backup."
    file: str


@fact
class KeyUnreadable(UserError):
    says = "The service cannot read {file} of the key folder. Let its user, and no other, read it."
    file: str


@fact
class KeyNotOurs(UserError):
    says = "Another user owns {file} of the key folder. Give it to the service's user."
    file: str


@fact
class KeyExposed(UserError):
    """Not opened, so that it is seen and not got used to."""

    says = (
        "Others than the service may use {file} of the key folder. Take that from them: chmod go=."
    )
    file: str


@fact
class KeyNotTheRounds(UserError):
    says = "What was given, or is kept, as this round's key is not its key."


@fact
class KeyNotKept(UserError):
    says = "The key folder could not keep {file}. See that it can be written and has room."
    file: str


class KeyFolder:
    """A folder of keys: `<round's id>.key` and `service.key`, each 64 hexadecimal digits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, round_id: int) -> bytes:
        """A round's public key. A second call, or another process, gets the first one's.

        Raises KeyNotKept, and as `private_key` where there is a key already.
        """
        made = X25519PrivateKey.generate().private_bytes_raw()
        return public_of(X25519PrivateKey.from_private_bytes(self._kept(str(round_id), made)))

    def private_key(self, round_id: int, public_key: bytes) -> X25519PrivateKey:
        """Raises KeyMissing, KeyUnreadable, KeyNotOurs, KeyExposed, KeyNotTheRounds."""
        return _fitting(self._read(str(round_id)), public_key)

    def service_key(self) -> bytes:
        """Made by whoever is first. Raises as `make`."""
        return self._kept(SERVICE, secrets.token_bytes(KEY_BYTES))

    def _kept(self, name: str, made: bytes) -> bytes:
        """What is there under this name, or else this, on the disk before anybody uses it."""
        path = self.folder / f"{name}.key"
        try:
            if not path.exists():
                self._write(path, made)
        except OSError:
            raise KeyNotKept(path.name) from None
        return self._read(name)

    def _write(self, path: Path, made: bytes) -> None:
        """A link does not replace, as a rename would: of two at once the first one's stays.

        A part that a crash leaves holds a key that nothing was sealed with.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self.folder / f"{path.stem}.{secrets.token_hex(8)}.part"
        opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(opened, "w") as file:
                file.write(f"{made.hex()}\n")
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(part, path)
        finally:
            part.unlink()
        _sync(self.folder)

    def _read(self, name: str) -> bytes:
        """A file's key, looked at once it is open, so that nobody changes it in between."""
        file = f"{name}.key"
        try:
            _check(self.folder.stat(), file)
            # no link that leads elsewhere, and no waiting for what is no file
            opened = os.open(self.folder / file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            raise KeyMissing(file) from None
        except OSError:
            raise KeyUnreadable(file) from None
        try:
            found = os.fstat(opened)
            _check(found, file)
            text = os.read(opened, 2 * KEY_BYTES + 2) if stat.S_ISREG(found.st_mode) else b""
        finally:
            os.close(opened)
        try:
            key = bytes.fromhex(text.decode("ascii"))
        except ValueError:
            raise KeyUnreadable(file) from None
        if len(key) != KEY_BYTES:
            raise KeyUnreadable(file)
        return key


def for_holders(*, needed: int, holders: int) -> tuple[bytes, list[str]]:
    """A new round's public key, and a share's text for each holder. Raises HoldersNotPossible.

    The texts are shown once; the private key is forgotten here.
    """
    private = X25519PrivateKey.generate()
    public = public_of(private)
    secret = private.private_bytes_raw()
    return public, split(secret, _mark(public), needed=needed, holders=holders)


def from_holders(texts: Sequence[str], public_key: bytes) -> X25519PrivateKey:
    """The round's private key, from what holders typed.

    Raises ShareMistyped, ShareOfAnotherRound, SharesMissing, KeyNotTheRounds.
    """
    return _fitting(joined(texts, _mark(public_key)), public_key)


def _fitting(raw: bytes, public_key: bytes) -> X25519PrivateKey:
    private = X25519PrivateKey.from_private_bytes(raw)
    if public_of(private) != public_key:
        raise KeyNotTheRounds
    return private


def _mark(public_key: bytes) -> bytes:
    return hashlib.sha256(public_key).digest()


def _check(found: os.stat_result, file: str) -> None:
    if found.st_uid != os.geteuid():
        raise KeyNotOurs(file)
    if found.st_mode & OTHERS:
        raise KeyExposed(file)


def _sync(folder: Path) -> None:
    """A name is on the disk only when its folder is."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
