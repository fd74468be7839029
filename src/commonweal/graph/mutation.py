"""A mutation, from its declaration to its outcome: read this once and know them all.

    publish_listing = Command(
        actions.publish_listing,                      # async (tx, viewer, **input) -> facts
        subject="asset_id",                           # which input names what it acts on
        input={"asset_id": Reference(Asset), ...},
        result={"listing": AssetListing},             # the facts that the payload shows as rows
        refuses=[rules.NotListable, WrongState],
    )

Running it: one transaction; its idempotency key is claimed, if one is given (store/idempotency.py);
the operation's rule in `access` is asked of the subject's row, or of the viewer alone; then the
action; a `UserError` that it raises rolls everything back and becomes an entry of `userErrors`; one
that it returns becomes one too, and what it wrote stays (a guess that is counted). The payload is
read after the commit. What may not be seen and what is not there give the same answer.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import graphene
import sqlalchemy as sa
from graphene.utils.str_converters import to_camel_case

from commonweal import access
from commonweal.access import Viewer
from commonweal.kernel.errors import UserError
from commonweal.kernel.ids import read_id
from commonweal.store.database import Database
from commonweal.store.errors import Busy, DatabaseAway, TryAgain
from commonweal.store.idempotency import Claim, KeyLength, KeyRequired, KeyReused, once
from commonweal.store.transaction import Transaction, in_transaction

from .ask import Ask, PlanViewer
from .declare import Source
from .payload import Secret, payload_type
from .refusals import NotAllowed, NotFound, ScopeLacking, SignInNeeded
from .sql import DIALECTS, UnstorableText, storable
from .statement import Engine, Level, single
from .visibility import condition

Facts = Mapping[str, Any]  # name -> id of a row, or what a Tally or a Secret says
Action = Callable[..., Awaitable[Facts | UserError]]
Prepare = Callable[..., Awaitable[Mapping[str, Any]]]  # (database, viewer, **input) -> input


COMMON_REFUSALS: Final = (
    *(NotFound, SignInNeeded, NotAllowed, ScopeLacking, TryAgain, Busy, DatabaseAway),
    *(UnstorableText, KeyLength, KeyReused),
)


KEY_HELP: Final = (
    "A text of your own making, new for each thing that is to be done once: asking again with the "
    "same key and input does nothing more, and answers with what was done. A refusal frees it."
)


class UndeclaredRefusal(Exception):
    """A defect of ours: an action raised a UserError that its Command does not name."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did: the ids it names, or why it did nothing."""

    facts: Facts = field(default_factory=dict)
    errors: Sequence[UserError] = ()
    replayed: bool = False  # it was done before, under the same idempotency key
    defect: Exception | None = None  # of ours; the executor raises it where it belongs


class Reference(graphene.InputField):
    """An input that names a row by its id in the API; the action is given its number."""

    def __init__(self, target: Any, *, required: bool = True, **more: Any) -> None:
        super().__init__(graphene.ID, required=required, **more)
        self.target = target

    def read(self, text: str) -> int | None:
        return read_id(self.target._meta.fields["id"].prefix, text)


class Command(graphene.Field):
    """A mutation's declaration; see the module's docstring.

    Without a `subject` its rule is asked of the viewer alone. Where `key_required`, it is done only
    under an idempotency key; one whose result is a Secret takes none, since its facts would be
    kept. `prepare` does what takes too long for a transaction, and changes nothing: it is run
    between two, each of which asks who may; what it finds is the action's input, instead of the
    request's. It is given `prepare_seconds` beyond the time of a mutation.
    """

    def __init__(
        self,
        action: Action,
        *,
        subject: str | None = None,
        input: Mapping[str, Any] = MappingProxyType({}),  # noqa: A002  # GraphQL's word for it
        result: Mapping[str, Any] = MappingProxyType({}),
        refuses: Sequence[type[UserError]] = (),
        key_required: bool = False,
        prepare: Prepare | None = None,
        prepare_seconds: int = 0,
        description: str | None = None,
    ) -> None:
        name = to_camel_case("_" + action.__name__)
        self.action, self.subject, self.input = action, subject, input
        self.key_required = key_required
        self.prepare, self.prepare_seconds = prepare, prepare_seconds
        own = (KeyRequired, *refuses) if key_required else refuses
        self.refuses: tuple[type[UserError], ...] = (*COMMON_REFUSALS, *own)
        arguments: dict[str, Any] = {}
        if input:
            values = type(f"{name}Input", (graphene.InputObjectType,), dict(input))
            arguments["input"] = graphene.Argument(values, required=True)
        if not any(isinstance(shown, Secret) for shown in result.values()):
            arguments["idempotency_key"] = graphene.String(description=KEY_HELP)
        super().__init__(
            # nullable: a defect in one mutation must not hide what another one did
            payload_type(name, result, self.refuses),
            description=description or action.__doc__,
            **arguments,
        )
        references = (name for name, each in input.items() if isinstance(each, Reference))
        self.named = [name for name in references if name != subject]
        self._guards: dict[tuple[str, str, bool], Level] = {}

    async def run(
        self,
        operation: str,
        database: Database,
        viewer: Viewer,
        given: Mapping[str, Any],
        key: str | None = None,
    ) -> Outcome:
        """Do it, in one transaction, or not at all; or say what it did when the key was new."""

        async def allowed(tx: Transaction) -> Mapping[str, Any]:
            return await self._allowed(tx, operation, viewer, given)

        async def first(tx: Transaction) -> Mapping[str, Any] | Outcome:
            """What there is to prepare from, or what was done before."""
            done = await claim.kept() if claim else None
            return await allowed(tx) if done is None else Outcome(done, replayed=True)

        async def act(tx: Transaction) -> Facts | UserError:
            values = await allowed(tx)
            return await self.action(tx, viewer, **(prepared or values))

        async def work(tx: Transaction) -> Outcome:
            if claim is None:
                done = await act(tx)
                return Outcome(errors=[done]) if isinstance(done, UserError) else Outcome(done)
            done, replayed = await once(tx, claim, lambda: act(tx))
            if isinstance(done, UserError):
                return Outcome(errors=[done])
            return Outcome(done, replayed=replayed)

        prepared: Mapping[str, Any] | None = None
        try:
            claim = self._claim(operation, viewer, given, key)
            if self.prepare:
                found = await in_transaction(database, first)
                if isinstance(found, Outcome):
                    return found
                prepared = await self.prepare(database, viewer, **found)
            return await in_transaction(database, work)
        except self.refuses as refusal:
            return Outcome(errors=[refusal])
        except UserError as stray:
            raise UndeclaredRefusal(f"{operation} refuses with {stray.code}") from stray

    async def _allowed(
        self, tx: Transaction, operation: str, viewer: Viewer, given: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The input for the action, where this viewer may do this with it."""
        rule, scope = access.OPERATIONS[operation], access.SCOPES[operation]
        values = self._numbered(given)
        if not viewer.good_for(scope):
            raise ScopeLacking(scope)
        if self.subject is None:
            _ask_viewer(viewer, rule)
        else:
            await self._guard(tx, viewer, self.subject, rule, values[self.subject])
        for name in self.named:  # whatever else it names must be there for this viewer too
            if values.get(name) is not None:
                await self._guard(tx, viewer, name, access.anyone, values[name])
        return values

    def _claim(
        self, operation: str, viewer: Viewer, given: Mapping[str, Any], key: str | None
    ) -> Claim | None:
        """What the key stands for. Strangers share one name, so a key of theirs is nobody's."""
        try:
            if key is None:
                if self.key_required:
                    raise KeyRequired
                return None
            if not viewer.signed_in:
                raise SignInNeeded
            return Claim(viewer.name, storable(key), operation, given)
        except UserError as refusal:
            raise refusal.at("idempotencyKey") from None

    def _numbered(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The input with its references read, its text known to be storable."""
        values = dict(given)
        for name, declared in self.input.items():
            where = ("input", to_camel_case(name))
            try:
                text = storable(values.get(name))
            except UnstorableText as refusal:
                raise refusal.at(*where) from None
            if isinstance(declared, Reference) and text is not None:
                values[name] = declared.read(text)
                if values[name] is None:
                    raise NotFound(self._word(declared)).at(*where)
        return values

    async def _guard(
        self, tx: Transaction, viewer: Viewer, name: str, rule: access.Rule, key: int
    ) -> None:
        """Raises NotFound for a row that is not there for this viewer, or says what is lacking."""
        key_of = (name, tx.database.engine, viewer.signed_in)
        if key_of not in self._guards:
            self._guards[key_of] = self._compile(rule, *key_of)
        statement = self._guards[key_of].statement
        rows = await tx.fetch(statement.sql, statement.values(Ask({"id": key}, viewer)))
        if not rows:
            raise NotFound(self._word(self.input[name])).at("input", to_camel_case(name))
        if not rows[0][0]:
            raise NotAllowed(str(rule)) if viewer.signed_in else SignInNeeded()

    def _compile(self, rule: access.Rule, name: str, engine: str, signed_in: bool) -> Level:
        source: Source = self.input[name].target.source
        writing = Engine(DIALECTS[engine], PlanViewer(signed_in))
        level, row = single(writing, source, lambda ask: ask.variables["id"])
        allowed = condition(rule, row, writing.viewer)
        level.index(sa.true() if allowed is None else allowed)
        return level

    @staticmethod
    def _word(declared: Reference) -> str:
        name: str = declared.target._meta.name
        return "".join(" " + c.lower() if c.isupper() else c for c in name).strip()


def _ask_viewer(viewer: Viewer, rule: access.Rule) -> None:
    """Whether one may who acts on no row. Raises SignInNeeded."""
    match rule:
        case access.Anyone():
            return
        case access.SignedIn():
            if not viewer.signed_in:
                raise SignInNeeded
            return
    raise TypeError(f"{rule} is a rule about a row")
