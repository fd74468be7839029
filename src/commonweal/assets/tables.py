"""Assets, the files they came from, and where each of their values stands in those."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, GeometryField, IdField, InstantField

from .rules import (
    MAX_KEY,
    AssetCategory,
    AssetState,
    MatchReason,
    Occupation,
    ProposalKind,
    ProposalState,
    RegisterState,
    Tenure,
)


class RegisterFile(Model):
    """A register as it came: what it was, how it was read, on what terms it may be used.

    A council's latest register, read in the same way, is refused when it comes again, under the
    council's lock (importing.check_not_imported); an earlier one may come again (decision 10).
    """

    id = IdField()
    council: Any = fields.ForeignKeyField(
        "commonweal.Area", related_name=False, db_index=True, on_delete=KEEP
    )
    council_id: int
    state = fields.CharEnumField(RegisterState, max_length=10, default=RegisterState.READ)
    version = fields.IntField(default=1)
    file_id = fields.BigIntField(null=True)  # the upload it was read from; none by command line
    file_name = fields.CharField(max_length=255)
    sha256 = fields.CharField(max_length=64)
    licence = fields.CharField(max_length=200)
    encoding = fields.CharField(max_length=40)
    mapping: Any = fields.JSONField()
    mapping_hash = fields.CharField(max_length=64, default="")  # of which column feeds which field
    notes: Any = fields.JSONField()
    preview: Any = fields.JSONField(null=True)  # what an officer is shown before accepting
    failure = fields.TextField(null=True)  # in words
    row_count = fields.IntField()
    imported_at = InstantField(null=True)

    class Meta:
        table = "register_file"


class RegisterMapping(Model):
    """How a council's columns were mapped last time, by their headers."""

    id = IdField()
    council_id = fields.BigIntField()
    signature = fields.CharField(max_length=64)
    mapping: Any = fields.JSONField()

    class Meta:
        table = "register_mapping"
        unique_together = (("council_id", "signature"),)


class Asset(Model):
    """A building, a piece of land, or a thing that a register lists. Blank is null."""

    id = IdField()
    council: Any = fields.ForeignKeyField(
        "commonweal.Area", related_name=False, db_index=True, on_delete=KEEP
    )
    council_id: int
    state = fields.CharEnumField(AssetState, max_length=10)
    version = fields.IntField(default=1)

    # Local Government Transparency Code 2015, in its order (standards.md 3.1)
    uprn = fields.CharField(max_length=12, null=True)  # no leading zeros; not unique
    reference = fields.TextField(null=True)  # "unique asset identity"
    reference_key = fields.CharField(max_length=MAX_KEY, null=True, db_index=True)
    name = fields.TextField()
    street_number = fields.TextField(null=True)
    street = fields.TextField(null=True)
    locality = fields.TextField(null=True)
    post_town = fields.TextField(null=True)
    postcode = fields.CharField(max_length=10, null=True)  # "GL50 1DY", or what is known of it
    address = fields.TextField(null=True)
    location: Any = GeometryField("POINT", null=True)
    coordinate_system = fields.CharField(max_length=20, null=True)  # in which it was published
    tenure = fields.CharEnumField(Tenure, max_length=20)
    occupation = fields.CharEnumField(Occupation, max_length=20)
    tenure_detail = fields.TextField(null=True)
    land_only = fields.BooleanField(null=True)

    # recommended by the Code's part 3, and what councils add
    holding_type = fields.TextField(null=True)
    category = fields.CharEnumField(AssetCategory, max_length=24)
    area_square_metres = fields.BigIntField(null=True)
    description = fields.TextField(null=True)
    reason_for_holding = fields.TextField(null=True)
    services = fields.TextField(null=True)
    status_text = fields.TextField(null=True)
    transfer_status = fields.TextField(null=True)
    running_costs = fields.TextField(null=True)
    required_maintenance = fields.TextField(null=True)
    functional_suitability = fields.TextField(null=True)
    energy_rating = fields.TextField(null=True)

    declared_surplus = fields.BooleanField()
    not_land_reason = fields.TextField(null=True)  # why it may never be listed

    class Meta:
        table = "asset"


class RegisterRow(Model):
    """A row of a register, whole, whatever became of it: columns nobody knows are kept here."""

    id = IdField()
    file: Any = fields.ForeignKeyField(
        "commonweal.RegisterFile", related_name=False, on_delete=KEEP
    )
    file_id: int
    row_number = fields.IntField()  # as a spreadsheet shows it
    cells: Any = fields.JSONField()  # [{column, text}] as published, in the file's order
    problems: Any = fields.JSONField()  # [{code, column, message, likelyFix, level}]
    reading: Any = fields.JSONField(null=True)  # as understood (comparing.py); null before 0006

    class Meta:
        table = "register_row"
        unique_together = (("file_id", "row_number"),)


class AssetRow(Model):
    """That a row speaks of an asset: since its import, or since an officer accepted it."""

    id = IdField()
    asset: Any = fields.ForeignKeyField("commonweal.Asset", related_name=False, on_delete=KEEP)
    asset_id: int
    row: Any = fields.ForeignKeyField(
        "commonweal.RegisterRow", related_name=False, db_index=True, on_delete=KEEP
    )
    row_id: int

    class Meta:
        table = "asset_row"
        unique_together = (("asset_id", "row_id"),)


class AssetValue(Model):
    """One value of an asset as one row of one file gave it. Never changed: the next is added.

    A blank one says that the register says nothing any more.
    """

    id = IdField()
    asset: Any = fields.ForeignKeyField(
        "commonweal.Asset", related_name=False, db_index=True, on_delete=KEEP
    )
    asset_id: int
    field = fields.CharField(max_length=40)
    value = fields.TextField()
    row: Any = fields.ForeignKeyField("commonweal.RegisterRow", related_name=False, on_delete=KEEP)
    row_id: int

    class Meta:
        table = "asset_value"


class Proposal(Model):
    """What a register that came again says of one asset, for an officer to accept or refuse."""

    id = IdField()
    council: Any = fields.ForeignKeyField("commonweal.Area", related_name=False, on_delete=KEEP)
    council_id: int
    file: Any = fields.ForeignKeyField(
        "commonweal.RegisterFile", related_name=False, on_delete=KEEP
    )
    file_id: int
    kind = fields.CharEnumField(ProposalKind, max_length=10)
    state = fields.CharEnumField(ProposalState, max_length=10)
    version = fields.IntField(default=1)
    asset: Any = fields.ForeignKeyField(
        "commonweal.Asset", related_name=False, null=True, db_index=True, on_delete=KEEP
    )
    asset_id: int | None
    row: Any = fields.ForeignKeyField(
        "commonweal.RegisterRow", related_name=False, null=True, on_delete=KEEP
    )
    row_id: int | None
    reason = fields.CharEnumField(MatchReason, max_length=16, null=True)
    score = fields.SmallIntField(null=True)  # per 10,000: how much of what both say agrees
    changes: Any = fields.JSONField()  # [{field, before, after}], and metres of a move
    decided_at = InstantField(null=True)
    decided_by = fields.CharField(max_length=64, null=True)  # a viewer's name, as in the audit
    refusal = fields.TextField(null=True)  # why it was refused

    class Meta:
        table = "proposal"
