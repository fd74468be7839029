"""A mutation, from its declaration to its outcome: read this once and know them all.

    publish_listing = Command(
        actions.publish_listing,                      # async (tx, viewer, **input) -> facts
        subject="asset_id",                           # which input names what it acts on
        input={"asset_id": Reference(Asset), ...},
        result={"listing": AssetListing},             # the facts that the payload shows as rows
        refuses=[rules.NotListable, WrongState],
    )

Running it: one transaction; the operation's rule in `access.py` is asked of the subject's row;
then the action; a `UserError` rolls everything back and becomes an entry of `userErrors`. The
payload is read by the planner after the commit. What may not be seen and what is not there give
the same answer.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import graphene
import sqlalchemy as sa
from graphene.utils.str_converters import to_camel_case

from commonweal import access
from commonweal.access import Viewer
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.ids import read_id
from commonweal.store.database import Database
from commonweal.store.errors import Busy, TryAgain
from commonweal.store.transaction import Transaction, in_transaction

from .ask import Ask, PlanViewer
from .declare import Source
from .refusals import UserErrors, refusal_type
from .sql import DIALECTS, UnstorableText, storable
from .statement import Engine, Level, single
from .visibility import condition

Facts = Mapping[str, int]  # name -> id of a row
Action = Callable[..., Awaitable[Facts]]


@fact
class NotFound(UserError):
    says = "There is no {what} with this id."
    what: str


@fact
class SignInNeeded(UserError):
    says = "Sign in first: send the header `Authorization: Bearer …` with your token."


@fact
class NotAllowed(UserError):
    says = "Only {who} may do this."
    who: str


COMMON_REFUSALS: Final = (NotFound, SignInNeeded, NotAllowed, TryAgain, Busy, UnstorableText)


class UndeclaredRefusal(Exception):
    """A defect of ours: an action raised a UserError that its Command does not name."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did: the ids it names, or why it did nothing."""

    facts: Facts = field(default_factory=dict)
    errors: Sequence[UserError] = ()


class Reference(graphene.InputField):
    """An input that names a row by its id in the API; the action is given its number."""

    def __init__(self, target: Any, *, required: bool = True, **more: Any) -> None:
        super().__init__(graphene.ID, required=required, **more)
        self.target = target

    def read(self, text: str) -> int | None:
        return read_id(self.target._meta.fields["id"].prefix, text)


class Result(graphene.Field):
    """A payload's row: the one that a fact of the outcome names."""

    def __init__(self, type_: Any, fact_name: str) -> None:
        super().__init__(type_)
        self.fact = fact_name


class Command(graphene.Field):
    """A mutation's declaration; see the module's docstring."""

    def __init__(
        self,
        action: Action,
        *,
        subject: str,
        input: Mapping[str, Any],  # noqa: A002  # GraphQL's word for it
        result: Mapping[str, Any],
        refuses: Sequence[type[UserError]] = (),
        description: str | None = None,
    ) -> None:
        name = to_camel_case("_" + action.__name__)
        self.action, self.subject, self.input = action, subject, input
        self.refuses: tuple[type[UserError], ...] = (*COMMON_REFUSALS, *refuses)
        refusals: Sequence[Any] = self.refuses  # mypy takes no class for something hashable
        meta = type("Meta", (), {"types": tuple(refusal_type(each) for each in refusals)})
        union = type(f"{name}Error", (graphene.Union,), {"Meta": meta})
        payload = type(
            f"{name}Payload",
            (graphene.ObjectType,),
            {
                **{key: Result(type_, key) for key, type_ in result.items()},
                "user_errors": UserErrors(union),
                "planned": True,
            },
        )
        values = type(f"{name}Input", (graphene.InputObjectType,), dict(input))
        super().__init__(
            payload,
            required=True,
            input=graphene.Argument(values, required=True),
            description=description or action.__doc__,
        )
        self._guards: dict[tuple[str, bool], Level] = {}

    async def run(
        self, operation: str, database: Database, viewer: Viewer, given: Mapping[str, Any]
    ) -> Outcome:
        """Do it, in one transaction, or not at all."""
        rule = access.OPERATIONS[operation]

        async def work(tx: Transaction) -> Facts:
            values = self._numbered(given)
            await self._guard(tx, viewer, rule, values[self.subject])
            return await self.action(tx, viewer, **values)

        try:
            return Outcome(await in_transaction(database, work))
        except self.refuses as refusal:
            return Outcome(errors=[refusal])
        except UserError as stray:
            raise UndeclaredRefusal(f"{operation} refuses with {stray.code}") from stray

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

    async def _guard(self, tx: Transaction, viewer: Viewer, rule: access.Rule, key: int) -> None:
        """Raises NotFound for a row that is not there for this viewer, or says what is lacking."""
        key_of = (tx.database.engine, viewer.signed_in)
        if key_of not in self._guards:
            self._guards[key_of] = self._compile(rule, *key_of)
        statement = self._guards[key_of].statement
        rows = await tx.fetch(statement.sql, statement.values(Ask({"id": key}, viewer)))
        if not rows:
            word = self._word(self.input[self.subject])
            raise NotFound(word).at("input", to_camel_case(self.subject))
        if not rows[0][0]:
            raise NotAllowed(str(rule)) if viewer.signed_in else SignInNeeded()

    def _compile(self, rule: access.Rule, engine: str, signed_in: bool) -> Level:
        source: Source = self.input[self.subject].target.source
        writing = Engine(DIALECTS[engine], PlanViewer(signed_in))
        level, row = single(writing, source, lambda ask: ask.variables["id"])
        allowed = condition(rule, row, writing.viewer)
        level.index(sa.true() if allowed is None else allowed)
        return level

    @staticmethod
    def _word(declared: Reference) -> str:
        name: str = declared.target._meta.name
        return "".join(" " + c.lower() if c.isupper() else c for c in name).strip()
