"""Registers in the API: what a council published, row by row, and how it comes in.

PUT /files, `readRegister` (again with corrections, until its columns are read right),
`acceptRegister`; a job then imports it, and its state says when.
"""

import graphene

from commonweal.files.schema import File
from commonweal.graph.declare import ByKey, Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.node import Node
from commonweal.graph.scalars import JSON
from commonweal.kernel.lifecycle import WrongState
from commonweal.places.rules import LicenceTooLong
from commonweal.places.schema import Area
from commonweal.store.contents import ContentMissing

from . import actions_registers as actions
from . import queries, rules, tables
from .registers import refusals

RegisterState = graphene.Enum.from_enum(rules.RegisterState)


@rows_of(tables.RegisterFile, standing=queries.REGISTER)
class RegisterFile(graphene.ObjectType):
    """A register as a council published it; until it is imported, for that council's officers."""

    class Meta:
        interfaces = (Node,)

    id = Key("rgf")
    state = RegisterState(required=True)
    version = graphene.Int(required=True)
    file = One(File, by="file_id", description="The upload that it was read from.")
    file_name = graphene.String(required=True)
    sha256 = graphene.String(required=True, description="Of the file's bytes.")
    licence = graphene.String(required=True)
    encoding = graphene.String(required=True)
    mapping = JSON(
        required=True,
        description="{columns: [{header, field, score, reason}]}: what was read as what, and why.",
    )
    notes = graphene.List(graphene.NonNull(graphene.String), required=True)
    preview = JSON(
        description="{remembered, located, declaredSurplus, notListable, "
        "problems: [{code, count, rowNumber, column, message, likelyFix}], firstRows: [{rowNumber,"
        " reference, name, address, tenure, category, location, notLandReason}]}; null where it "
        "was imported without being shown."
    )
    failure = graphene.String(description="Why it could not be imported, or not yet.")
    row_count = graphene.Int(required=True)
    imported_at = graphene.DateTime(description="Null until it is.")
    council = One(Area, by="council")


@rows_of(tables.RegisterRow)
class RegisterRow(graphene.ObjectType):
    """A row of a register, whole, with the columns that nobody knows."""

    id = Key("rgr")
    row_number = graphene.Int(required=True, description="As a spreadsheet shows it.")
    cells = JSON(required=True, description="[{column, text}] as published, in the file's order.")
    problems = JSON(
        required=True, description="[{code, column, message, likelyFix, level}], as it was read."
    )
    file = One(RegisterFile, by="file")


@rows_of(tables.AssetValue)
class AssetValue(graphene.ObjectType):
    """One value of an asset, and where it is written."""

    id = Key("asv")
    field = graphene.String(required=True)
    value = graphene.String(
        required=True, description="Blank where the register says nothing any more."
    )
    row = One(RegisterRow, by="row")


class ColumnInput(graphene.InputObjectType):
    """What a column of a register is to be read as."""

    column = graphene.String(required=True, description="As the preview's mapping names it.")
    field = graphene.String(description="As in the mapping; left out or blank: kept, not read.")


class Query(graphene.ObjectType):
    register = ByKey(RegisterFile)
    registers = Many(
        RegisterFile,
        where=queries.registers_asked,
        sort=queries.newest,
        council=graphene.ID(),
        states=graphene.List(graphene.NonNull(RegisterState)),
        description="What has come in, and what is being read, the newest first.",
    )


READING_REFUSALS = (
    refusals.ReadingAnother,
    refusals.RegisterIsEmpty,
    refusals.NoRegisterRows,
    refusals.NotARegister,
    refusals.RegisterTooLarge,
    refusals.TooManyRegisterRows,
    refusals.TooManyRegisterColumns,
    refusals.OneColumnOnly,
    refusals.NoHeaderFound,
    refusals.UnknownHeader,
    refusals.UnknownField,
    refusals.NotACorrection,
    refusals.FieldFedTwice,
    rules.AnotherCouncilsRegister,
    rules.AlreadyImported,
    LicenceTooLong,
    ContentMissing,
)


class Mutation(graphene.ObjectType):
    read_register = Command(
        actions.read_register,
        prepare=actions.reading_of,
        prepare_seconds=actions.READ_SECONDS.value,
        subject="council_id",
        input={
            "council_id": Reference(Area),
            "file_id": Reference(File),
            "licence": graphene.String(
                required=True, description="On what terms it may be used: OGL-UK-3.0, say."
            ),
            "corrections": graphene.List(graphene.NonNull(ColumnInput)),
        },
        result={"register": RegisterFile},
        refuses=[WrongState, *READING_REFUSALS],
    )
    accept_register = Command(
        actions.accept_register,
        subject="register_id",
        input={"register_id": Reference(RegisterFile)},
        result={"register": RegisterFile},
        refuses=[WrongState],
    )
    discard_register = Command(
        actions.discard_register,
        subject="register_id",
        input={"register_id": Reference(RegisterFile)},
        result={"register": RegisterFile},
        refuses=[WrongState],
    )
