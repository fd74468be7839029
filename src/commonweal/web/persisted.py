"""Operations known by the hash of their text, so that only the hash need be sent.

Two stores. A service's own *allow-list* is read from a folder (COMMONWEAL_OPERATIONS) when it
starts; with COMMONWEAL_ONLY_PERSISTED nothing else is answered. Beside it, what clients send with
its hash is held, as Apollo's automatic persisted queries want it: by hash alone it is answered, or
refused with PERSISTED_QUERY_NOT_FOUND, upon which a client sends text and hash together.

What is held is bounded, and shared fairly: when room is needed, it goes out of what the address
with the most in store sent. So whoever floods the store pushes out what they sent themselves.
It must never hold a text that did not pass the limits and the validation.
"""

import hashlib
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import graphene
import orjson
from starlette.types import Scope

from commonweal.graph.request import Answer, GraphQLRequest
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit

from .answers import prepare
from .asgi import Refused, address_of, bad
from .settings import Settings

HELD: Final = limit(
    "persisted operations", 1_000, "documents", "an app has some dozens; sent anew when pushed out"
)
HELD_BYTES: Final = limit(
    "text of persisted operations", 2_000_000, "bytes", "a thousand of the longest would be forty"
)
VERSION: Final = 1  # of the extension; there is no other


@fact
class OperationsMissing(UserError):
    says = "There is no folder of operations at {folder}, which COMMONWEAL_OPERATIONS names."
    folder: str


@fact
class OperationUnfit(UserError):
    says = "The operation {file} cannot be offered: {reason}"
    file: str
    reason: str


@fact
class NothingPersisted(UserError):
    says = (
        "COMMONWEAL_ONLY_PERSISTED answers only the operations of a folder: name it in "
        "COMMONWEAL_OPERATIONS, with at least one .graphql file."
    )


def hash_of(text: str) -> str:
    """By which a document is known: SHA-256 of its text as it stands, in lower-case hex."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


class NotHeld(Refused):
    """A hash whose text we do not have; clients know this by its words, or by its code."""

    in_band = True

    def __init__(self) -> None:
        super().__init__(400, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")


@dataclass(frozen=True, slots=True)
class Held:
    text: str
    size_bytes: int
    sender: str


class Persisted:
    """The operations that a process knows by their hash. Raises NothingPersisted."""

    def __init__(self, allowed: Mapping[str, str] | None = None, *, only: bool = False) -> None:
        self.allowed, self.only = allowed or {}, only
        if only and not allowed:
            raise NothingPersisted
        self.held: OrderedDict[str, Held] = OrderedDict()  # the longest unused first
        self.sent_bytes: Counter[str] = Counter()  # by sender

    def filled(self, data: object) -> object:
        """A request's parameters with the text that a hash stands for. Raises Refused."""
        if not isinstance(data, dict):
            return data
        text, extensions = data.get("query") or None, data.get("extensions")
        asked = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
        if asked is not None:
            text = self._text(_hash_asked(asked), text)
        if self.only and isinstance(text, str) and hash_of(text) not in self.allowed:
            message = "This service answers only operations that it knows: send the hash of one."
            raise Refused(403, "ONLY_PERSISTED", message)
        return data if asked is None else {**data, "query": text}

    def _text(self, sha256: str, text: Any) -> Any:
        if text is None:
            known = self.allowed.get(sha256)
            if known is None and sha256 in self.held:
                self.held.move_to_end(sha256)
                known = self.held[sha256].text
            if known is None:
                raise NotHeld
            return known
        if isinstance(text, str) and hash_of(text) != sha256:
            message = "sha256Hash is not the hash of query: SHA-256 of its text, in hex."
            raise Refused(400, "PERSISTED_QUERY_HASH", message)
        return text

    def answered(self, request: GraphQLRequest, answer: Answer, scope: Scope) -> None:
        """Hold a document that came with its hash, now that it is known to be sound."""
        if not request.persist or self.only or answer.kind == "request_error":
            return
        text = request.query
        sha256, size = hash_of(text), len(text.encode(errors="surrogatepass"))
        if sha256 in self.held or sha256 in self.allowed:
            return
        self.held[sha256] = Held(text, size, address_of(scope))
        self.sent_bytes[self.held[sha256].sender] += size
        while len(self.held) > HELD.value or self.sent_bytes.total() > HELD_BYTES.value:
            self._push_out()

    def _push_out(self) -> None:
        """Forget the longest unused of what the sender with the most in store sent."""
        [(heaviest, _)] = self.sent_bytes.most_common(1)
        sha256 = next(key for key, held in self.held.items() if held.sender == heaviest)
        self.sent_bytes[heaviest] -= self.held.pop(sha256).size_bytes
        if not self.sent_bytes[heaviest]:
            del self.sent_bytes[heaviest]


def _hash_asked(asked: Any) -> str:
    if not isinstance(asked, dict) or asked.get("version") != VERSION:
        raise bad(f"persistedQuery must be an object, with version {VERSION} and sha256Hash.")
    sha256 = asked.get("sha256Hash")
    if not isinstance(sha256, str):
        raise bad("sha256Hash must be a string: SHA-256 of the document's text, in hex.")
    return sha256.lower()


def operations_in(folder: Path | None) -> list[Path]:
    """The files of a folder and those below it that hold an operation each."""
    return sorted(folder.rglob("*.graphql")) if folder else []


def askings_of(path: Path) -> list[dict[str, Any]]:
    """The variables of each asking of an operation, from the file beside it; one without any where
    there is no such file. Raises OperationUnfit.
    """
    beside = path.with_suffix(".json")
    if not beside.exists():
        return [{}]
    try:
        given = orjson.loads(beside.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise OperationUnfit(beside.name, f"it cannot be read as JSON ({error}).") from error
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise OperationUnfit(beside.name, 'it must be a list of variables: [{"id": "…"}].')
    return given


def persisted_operations(settings: Settings, schema: graphene.Schema) -> Persisted:
    """A service's store. Raises OperationsMissing, OperationUnfit, NothingPersisted."""
    folder, allowed = settings.operations, dict[str, str]()
    if folder is not None and not folder.is_dir():
        raise OperationsMissing(str(folder))
    for path in operations_in(folder):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise OperationUnfit(path.name, f"it cannot be read ({error}).") from error
        if errors := prepare(schema.graphql_schema, text).errors:
            raise OperationUnfit(path.name, errors[0].message)
        allowed[hash_of(text)] = text
        askings_of(path)  # said here, in a sentence, before anything is opened
    return Persisted(allowed, only=settings.only_persisted)
