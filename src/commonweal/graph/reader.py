"""Answering a request: its document and plan from the caches, its statements, its response.

An argument that cannot be meant (a cursor that is not ours, a swapped point) refuses the request.
What is not planned is handed to graphql-core's executor over the same types (`reference.py`). A
mutation is done once, before either path reads its payload. Every answer has its time.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from inspect import isawaitable
from typing import Any, Final

import graphene
import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    execute,
    get_operation_ast,
)
from graphql.execution.collect_fields import collect_fields
from graphql.execution.values import get_argument_values

from commonweal.access import Viewer
from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.timing import within
from commonweal.store.database import Database, Fetch
from commonweal.store.errors import Busy, DatabaseAway, TryAgain

from .ask import Ask
from .declare import NotCovered, Schema, declarations
from .mutation import Command, Outcome
from .plan import Plan, Planner
from .reference import Answering, attach
from .refusals import shown
from .request import NAME_CHARACTERS, Answer, GraphQLRequest, Trace
from .sql import DIALECTS
from .statement import Level
from .variables import Variables

log = logging.getLogger("commonweal.graph")

DOCUMENTS: Final = 1_000  # parsed and validated texts kept: what an evening's apps send
QUERY_SECONDS: Final = 5  # a page needs a tenth of it at most
MUTATION_SECONDS: Final = 15  # it may wait for a lock
INTERNAL: Final = "INTERNAL"  # the code of what is masked
# Where the schema is not to be asked for, graphql-core's own words would spell it out.
UNFIT: Final = "The request does not fit the schema, which this service does not show."
UNFIT_CODES: Final = ("GRAPHQL_VALIDATION_FAILED", "NOT_COERCED")
PLANS: Final = 64  # of one document: more would be a flood of shapes, not use


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that passed the limits and the validation, or the errors that say why not.

    `price` refuses an operation that could return too much with the values it is given.
    """

    document: DocumentNode | None
    errors: Sequence[GraphQLError]
    price: Callable[[str | None, Mapping[str, Any]], None]


Prepare = Callable[[GraphQLSchema, str], Prepared]


@fact
class TookTooLong(UserError):
    says = (
        "This took longer than {seconds} seconds and was stopped. Try again in a moment, or ask "
        "for less at once."
    )
    seconds: int


OUR_SIDE: Final = (
    Busy,
    TryAgain,
    DatabaseAway,
    TookTooLong,
)  # refusals that are not the request's fault


class Operation:
    """An operation of a document, with the plans that it has needed so far."""

    def __init__(self, schema: Schema, prepared: Prepared, node: OperationDefinitionNode) -> None:
        assert prepared.document
        self.schema, self.node, self.document = schema, node, prepared.document
        self.price = prepared.price
        self.name = node.name.value[:NAME_CHARACTERS] if node.name else ""
        self.fragments = {
            d.name.value: d
            for d in prepared.document.definitions
            if isinstance(d, FragmentDefinitionNode)
        }
        self.variables = Variables(schema.core, prepared.document, node)
        self.plans: OrderedDict[tuple[Any, ...], Plan | None] = OrderedDict()

    @property
    def is_mutation(self) -> bool:
        return self.node.operation is OperationType.MUTATION

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Its root fields, as often as they stand in the document; @skip changes nothing."""
        names: list[str] = []
        pending, spread = [self.node.selection_set], set[str]()
        while pending:
            for selection in pending.pop().selections:
                if isinstance(selection, FieldNode):
                    names.append(selection.name.value)
                elif isinstance(selection, InlineFragmentNode):
                    pending.append(selection.selection_set)
                elif isinstance(selection, FragmentSpreadNode):
                    name = selection.name.value
                    if name not in spread:
                        spread.add(name)
                        pending.append(self.fragments[name].selection_set)
        return tuple(names)

    def plan(self, ask: Ask) -> Plan | None:
        """The plan for requests of this shape, None where the planner does not cover them."""
        key = (ask.viewer.signed_in, *self.variables.outline(ask.variables))
        if key not in self.plans:
            if len(self.plans) >= PLANS:
                self.plans.popitem(last=False)
            try:
                self.plans[key] = Planner(self.schema, self.node, self.fragments, ask).plan()
            except NotCovered:
                self.plans[key] = None
        return self.plans[key]

    def mutations(self, ask: Ask) -> dict[str, tuple[str, FieldNode]]:
        """The names of the mutations that are asked for, by response key."""
        root: Any = self.schema.core.mutation_type
        selected = collect_fields(
            self.schema.core, self.fragments, ask.variables, root, self.node.selection_set
        )
        named = ((key, nodes[0].name.value, nodes[0]) for key, nodes in selected.items())
        return {key: (name, node) for key, name, node in named if name != "__typename"}

    def command(self, name: str) -> Command:
        root: Any = self.schema.core.mutation_type
        declared = self.schema.declared[root.name][name]
        assert isinstance(declared, Command), f"{name} is not declared as a Command"
        return declared

    def seconds(self, ask: Ask) -> int:
        """The time of its answer: more of it where there is much to prepare."""
        if not self.is_mutation:
            return QUERY_SECONDS
        commands = [self.command(name) for name, _ in self.mutations(ask).values()]
        return MUTATION_SECONDS + max((each.prepare_seconds for each in commands), default=0)

    async def do(self, ask: Ask, database: Database) -> dict[str, Outcome]:
        """Run the mutations one after the other, each in its own transaction.

        A defect in one is its outcome: what the others did is done, and is said.
        """
        outcomes: dict[str, Outcome] = {}
        root: Any = self.schema.core.mutation_type
        asked = {
            key: (name, get_argument_values(root.fields[name], node, ask.variables))
            for key, (name, node) in self.mutations(ask).items()
        }
        for key, (name, given) in asked.items():
            about = f"Mutation.{name}", database, ask.viewer, given.get("input", {})
            try:
                outcomes[key] = await self.command(name).run(*about, given.get("idempotency_key"))
            except Exception as defect:  # noqa: BLE001  # whatever it is, it is masked and logged
                outcomes[key] = Outcome(defect=defect)
        return outcomes


class Reader:
    """A schema's answers on one engine. Holds caches, no connection."""

    def __init__(
        self, schema: graphene.Schema, engine: str, prepare: Prepare, *, terse: bool = False
    ) -> None:
        core = schema.graphql_schema
        self.schema = Schema(core, declarations(core), DIALECTS[engine])
        self.prepare, self.terse = prepare, terse
        attach(self.schema)
        self.operation = lru_cache(DOCUMENTS)(self._operation)

    def _operation(self, text: str, name: str | None) -> Operation | Sequence[GraphQLError]:
        prepared = self.prepare(self.schema.core, text)
        if prepared.document is None:
            return prepared.errors
        node = get_operation_ast(prepared.document, name)
        if node is None:
            message = "Name the one of the document's operations that is to be run."
            return [GraphQLError(message, extensions={"code": "NO_OPERATION"})]
        return Operation(self.schema, prepared, node)

    def mutations(self, request: GraphQLRequest) -> Sequence[str]:
        """The names of the mutations that it asks for, each alias for itself."""
        operation = self.operation(request.query, request.operation_name)
        if isinstance(operation, Operation) and operation.is_mutation:
            return operation.names
        return ()

    async def answer(self, request: GraphQLRequest, viewer: Viewer, database: Database) -> Answer:
        """Answer one request, its errors masked. Raises nothing that a request could cause."""
        trace, trace.viewer = request.trace, viewer.id
        operation = self.operation(request.query, request.operation_name)
        if not isinstance(operation, Operation):
            return self.refused(operation, trace)
        trace.kind, trace.operation = operation.node.operation.value, operation.name
        if operation.node.operation is OperationType.SUBSCRIPTION:
            return Answer(b"", "subscription")
        if operation.is_mutation and request.safe:
            return Answer(b"", "mutation_by_get")
        given = request.variables or {}
        try:
            operation.price(request.operation_name, given)
            ask = Ask(operation.variables.values(given), viewer, trace=trace)
            seconds = operation.seconds(ask)
            answer = self.answered(operation, ask, given, database)
            return await within(seconds, answer, lambda: TookTooLong(seconds))
        except Exception as error:  # noqa: BLE001  # whatever it is, the log has it whole
            if isinstance(error, GraphQLError | UserError) and not isinstance(error, OUR_SIDE):
                return self.refused([error], trace)
            return failed(error, trace)

    def refused(self, errors: Sequence[GraphQLError | UserError], trace: Trace) -> Answer:
        """The request itself is at fault: there is no data."""
        if self.terse and any(names_the_schema(error) for error in errors):
            errors = [GraphQLError(UNFIT, extensions={"code": "DOES_NOT_FIT"})]
        said = [
            shown(error) if isinstance(error, UserError) else formatted(error, trace)
            for error in errors
        ]
        trace.code = trace.code or code_of(said[0])
        return Answer(orjson.dumps({"errors": said}), "request_error")

    async def answered(
        self, operation: Operation, ask: Ask, given: Mapping[str, Any], database: Database
    ) -> Answer:
        if operation.is_mutation:
            ask.outcomes = await operation.do(ask, database)
            refusals = (error for each in ask.outcomes.values() for error in each.errors)
            ask.trace.code = next((error.code for error in refusals), "")
            if any(each.defect for each in ask.outcomes.values()):
                return await self.executed(operation, ask, given, database)
        if (data := await self.planned(operation, ask, database)) is not None:
            return Answer(orjson.dumps({"data": data}), "data")
        return await self.executed(operation, ask, given, database)

    async def planned(
        self, operation: Operation, ask: Ask, database: Database
    ) -> dict[str, Any] | None:
        """The data by the operation's plan, None where the executor must answer.

        An argument that is refused refuses the request: the executor would ask a statement for
        every field of every row around it. Of a mutation the work is done, and the executor says
        of the payload what it can.
        """
        try:
            if plan := operation.plan(ask):
                return await run(plan, ask, database)
        except (GraphQLError, UserError) as refusal:
            if not operation.is_mutation or isinstance(refusal, Busy | TryAgain | DatabaseAway):
                raise
        except Exception:
            log.warning("a planned answer failed; the executor tries", exc_info=True)
        return None

    async def executed(
        self, operation: Operation, ask: Ask, given: Mapping[str, Any], database: Database
    ) -> Answer:
        """The same answer by graphql-core: the reference, and the way for what is not planned."""

        async def fetch(sql: str, values: Sequence[Any]) -> Sequence[Any]:
            ask.trace.statements += 1
            return await database.fetch(sql, values)

        name = operation.node.name
        result: Any = execute(
            self.schema.core,
            operation.document,
            context_value=Answering(self.schema, fetch, ask.viewer, ask.outcomes),
            variable_values=dict(given),
            operation_name=name.value if name else None,
        )
        result = await result if isawaitable(result) else result
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = said = [formatted(error, ask.trace) for error in result.errors]
            ask.trace.code = ask.trace.code or code_of(said[0])
        return Answer(orjson.dumps(body), "data")


def names_the_schema(error: GraphQLError | UserError) -> bool:
    """Whether graphql-core says what is amiss, and with it what the schema has instead."""
    return isinstance(error, GraphQLError) and (error.extensions or {}).get("code") in UNFIT_CODES


def code_of(said: Mapping[str, Any]) -> str:
    """The code of an entry of `errors`; graphql-core's own have none."""
    code: str = said.get("extensions", {}).get("code", "")
    return code


def failed(error: Exception, trace: Trace) -> Answer:
    """Nothing can be said of any field."""
    seen = shown(error) if isinstance(error, UserError) else masked(error, trace)
    trace.code = seen["extensions"]["code"]
    return Answer(orjson.dumps({"data": None, "errors": [seen]}), "data")


def formatted(error: GraphQLError, trace: Trace) -> dict[str, Any]:
    """What a caller may see of an error: a refusal's facts, never a defect's."""
    cause: Any = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    seen: dict[str, Any] = dict(error.formatted)
    if isinstance(cause, UserError):
        return seen | shown(cause)
    if cause is None:
        return seen
    return seen | masked(cause, trace, error.path)


def masked(cause: BaseException, trace: Trace, path: object = None) -> dict[str, Any]:
    """What a caller may see of a defect: the request's reference, by which the log explains it."""
    reference, trace.code = trace.reference, INTERNAL
    log.error("error %s at %s", reference, path, exc_info=cause)
    message = f"Something went wrong on our side. Quote {reference} when you report it."
    return {"message": message, "extensions": {"code": INTERNAL, "reference": reference}}


async def run(plan: Plan, ask: Ask, database: Database) -> dict[str, Any]:
    """The statements, all of one moment where there are several; then the response."""
    if len(plan.levels) <= 1:
        return await _run(plan, ask, database.fetch)
    async with database.snapshot() as fetch:
        return await _run(plan, ask, fetch)


async def _run(plan: Plan, ask: Ask, fetch: Fetch) -> dict[str, Any]:
    """Statements in order, parents before children; then the response from all their rows."""
    found: list[Any] = []  # per level: its rows, or its rows by parent
    pages: list[Collection[Sequence[Any]]] = []  # per level: each list of rows
    for level in plan.levels:
        wanted = level.wanted(ask)
        if level.parent is None:
            rows = await _read(level, ask, fetch) if wanted else ()
            found.append(rows)
            pages.append([rows])
            continue
        above, key = level.parent
        most = plan.levels[above].most(ask)  # the row beyond the page has no need of lists
        ask.parents = list({row[key] for rows in pages[above] for row in rows[:most]} - {None})
        lists: dict[int, list[Any]] = {}
        for row in await _read(level, ask, fetch) if wanted and ask.parents else ():
            lists.setdefault(row[0], []).append(row)
        found.append(lists)
        pages.append(lists.values())
    return plan.assemble(found, ask)


async def _read(level: Level, ask: Ask, fetch: Fetch) -> Sequence[Any]:
    """A level's rows; of a walk, by as many steps as it takes."""
    statement, walk = level.statement, level.walk
    ask.step = 0 if walk else None
    ask.trace.statements += 1
    while True:
        rows = await fetch(statement.sql, statement.values(ask))
        if walk is None or ask.step is None or walk.enough(rows, ask):
            break
        ask.step += 1
    ask.step = None
    return rows
