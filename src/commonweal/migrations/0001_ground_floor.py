from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from commonweal.access import Role
from commonweal.assets.rules import AssetCategory, AssetState, Occupation, Tenure
from commonweal.listings.rules import ListingKind, ListingState
from commonweal.places.rules import AreaKind, PlaceKind
from commonweal.store.fields import GeometryField, IdField, InstantField


class Migration(migrations.Migration):
    dependencies = [("commonweal", "0000_engine")]

    operations = [
        ops.CreateModel(
            name="AccessToken",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("label", fields.CharField(max_length=64)),
                (
                    "role",
                    fields.CharEnumField(
                        description="OFFICER: OFFICER", enum_type=Role, max_length=10
                    ),
                ),
                ("council_id", fields.BigIntField()),
                ("secret_hash", fields.CharField(unique=True, max_length=64)),
                ("created_at", InstantField(auto_now=False, auto_now_add=False)),
                ("expires_at", InstantField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "access_token",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "What a bearer may do: one role, in one council, until a day.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Area",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "kind",
                    fields.CharEnumField(
                        description="COUNCIL: COUNCIL\nWARD: WARD\nPARISH: PARISH",
                        enum_type=AreaKind,
                        max_length=10,
                    ),
                ),
                ("code", fields.CharField(max_length=200)),
                ("name", fields.CharField(max_length=200)),
                ("name_cy", fields.CharField(null=True, max_length=200)),
                ("valid_from", fields.DateField()),
                ("valid_until", fields.DateField(null=True)),
                ("shape", GeometryField(null=True, geometry_type="MULTIPOLYGON", srid=4326)),
                (
                    "council",
                    fields.ForeignKeyField(
                        "commonweal.Area",
                        source_field="council_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="parts",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("licence", fields.CharField(max_length=200)),
            ],
            options={
                "table": "area",
                "app": "commonweal",
                "unique_together": (("kind", "code", "valid_from"),),
                "pk_attr": "id",
                "table_description": "A council's, ward's or parish's ground, on the days [valid_from, valid_until).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Asset",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "council",
                    fields.ForeignKeyField(
                        "commonweal.Area",
                        source_field="council_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "state",
                    fields.CharEnumField(
                        description="HELD: held\nLISTED: listed",
                        enum_type=AssetState,
                        max_length=10,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("uprn", fields.CharField(null=True, max_length=12)),
                ("reference", fields.TextField(null=True, unique=False)),
                ("reference_key", fields.CharField(null=True, db_index=True, max_length=200)),
                ("name", fields.TextField(unique=False)),
                ("street_number", fields.TextField(null=True, unique=False)),
                ("street", fields.TextField(null=True, unique=False)),
                ("locality", fields.TextField(null=True, unique=False)),
                ("post_town", fields.TextField(null=True, unique=False)),
                ("postcode", fields.CharField(null=True, max_length=10)),
                ("address", fields.TextField(null=True, unique=False)),
                ("location", GeometryField(null=True, geometry_type="POINT", srid=4326)),
                ("coordinate_system", fields.CharField(null=True, max_length=20)),
                (
                    "tenure",
                    fields.CharEnumField(
                        description="FREEHOLD: FREEHOLD\nLEASEHOLD: LEASEHOLD\nOTHER: OTHER\nNOT_LAND: NOT_LAND\nUNKNOWN: UNKNOWN",
                        enum_type=Tenure,
                        max_length=20,
                    ),
                ),
                (
                    "occupation",
                    fields.CharEnumField(
                        description="OCCUPIED_BY_COUNCIL: OCCUPIED_BY_COUNCIL\nLEASEHOLD: LEASEHOLD\nGROUND_LEASEHOLD: GROUND_LEASEHOLD\nSUB_LEASEHOLD: SUB_LEASEHOLD\nLICENCE: LICENCE\nVACANT: VACANT\nUNKNOWN: UNKNOWN",
                        enum_type=Occupation,
                        max_length=20,
                    ),
                ),
                ("tenure_detail", fields.TextField(null=True, unique=False)),
                ("land_only", fields.BooleanField(null=True)),
                ("holding_type", fields.TextField(null=True, unique=False)),
                (
                    "category",
                    fields.CharEnumField(
                        description="ALLOTMENT: ALLOTMENT\nCAR_PARK: CAR_PARK\nCEMETERY: CEMETERY\nCOMMERCIAL: COMMERCIAL\nCOMMUNITY_BUILDING: COMMUNITY_BUILDING\nCULTURAL: CULTURAL\nDEPOT: DEPOT\nEDUCATION: EDUCATION\nFARMLAND: FARMLAND\nHIGHWAY: HIGHWAY\nHOUSING: HOUSING\nINDUSTRIAL: INDUSTRIAL\nLAND: LAND\nNOT_LAND: NOT_LAND\nOFFICE: OFFICE\nOPEN_SPACE: OPEN_SPACE\nOTHER: OTHER\nPARK: PARK\nPLAYGROUND: PLAYGROUND\nPUBLIC_TOILET: PUBLIC_TOILET\nSOCIAL_CARE: SOCIAL_CARE\nSPORT: SPORT",
                        enum_type=AssetCategory,
                        max_length=24,
                    ),
                ),
                ("area_square_metres", fields.BigIntField(null=True)),
                ("description", fields.TextField(null=True, unique=False)),
                ("reason_for_holding", fields.TextField(null=True, unique=False)),
                ("services", fields.TextField(null=True, unique=False)),
                ("status_text", fields.TextField(null=True, unique=False)),
                ("transfer_status", fields.TextField(null=True, unique=False)),
                ("running_costs", fields.TextField(null=True, unique=False)),
                ("required_maintenance", fields.TextField(null=True, unique=False)),
                ("functional_suitability", fields.TextField(null=True, unique=False)),
                ("energy_rating", fields.TextField(null=True, unique=False)),
                ("declared_surplus", fields.BooleanField()),
                ("not_land_reason", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "asset",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "A building, a piece of land, or a thing that a register lists. Blank is null.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AuditRecord",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("subject_kind", fields.CharField(max_length=8)),
                ("subject_id", fields.BigIntField()),
                ("sequence", fields.IntField()),
                ("at", InstantField(auto_now=False, auto_now_add=False)),
                ("actor", fields.CharField(max_length=64)),
                ("action", fields.CharField(max_length=64)),
                ("facts", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("previous_hash", fields.CharField(max_length=64)),
                ("hash", fields.CharField(max_length=64)),
            ],
            options={
                "table": "audit_record",
                "app": "commonweal",
                "unique_together": (("subject_id", "sequence"),),
                "pk_attr": "id",
                "table_description": "One thing done to one subject: a link of that subject's hash chain (audit.py).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Listing",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "kind",
                    fields.CharEnumField(
                        description="ASSET: ASSET\nOPPORTUNITY: OPPORTUNITY\nSHOP: SHOP\nOFFER: OFFER",
                        enum_type=ListingKind,
                        max_length=16,
                    ),
                ),
                (
                    "state",
                    fields.CharEnumField(
                        enum_type=ListingState,
                        max_length=10,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("subject_id", fields.BigIntField()),
                (
                    "council",
                    fields.ForeignKeyField(
                        "commonweal.Area",
                        source_field="council_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("title", fields.CharField(max_length=200)),
                ("summary", fields.TextField(null=True, unique=False)),
                ("category", fields.CharField(max_length=40)),
                ("address", fields.TextField(null=True, unique=False)),
                ("location", GeometryField(null=True, geometry_type="POINT", srid=4326)),
                ("published_at", InstantField(auto_now=False, auto_now_add=False)),
                ("closes_at", InstantField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "listing",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "Something open to the public. Of a subject at most one is open: an index sees to it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Place",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "kind",
                    fields.CharEnumField(
                        description="OUTCODE: OUTCODE\nPOSTCODE: POSTCODE\nTOWN: TOWN\nVILLAGE: VILLAGE",
                        enum_type=PlaceKind,
                        max_length=10,
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                ("lookup", fields.CharField(max_length=200)),
                ("qualifier", fields.CharField(max_length=200)),
                ("rank", fields.SmallIntField()),
                ("location", GeometryField(geometry_type="POINT", srid=4326)),
            ],
            options={
                "table": "place",
                "app": "commonweal",
                "unique_together": (("lookup", "kind", "qualifier"),),
                "pk_attr": "id",
                "table_description": "A name by which people say where: a postcode, a district, a town, a village.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ProcessLease",
            fields=[
                (
                    "number",
                    fields.SmallIntField(
                        primary_key=True, generated=False, unique=True, db_index=True
                    ),
                ),
                ("holder", fields.CharField(max_length=32)),
                ("until_ms", fields.BigIntField()),
            ],
            options={
                "table": "process_lease",
                "app": "commonweal",
                "pk_attr": "number",
                "table_description": "A process number in use. Ids made under it lie before `until_ms` (lease.py).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RegisterFile",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "council",
                    fields.ForeignKeyField(
                        "commonweal.Area",
                        source_field="council_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("file_name", fields.CharField(max_length=255)),
                ("sha256", fields.CharField(max_length=64)),
                ("licence", fields.CharField(max_length=200)),
                ("encoding", fields.CharField(max_length=40)),
                ("mapping", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("notes", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("row_count", fields.IntField()),
                ("imported_at", InstantField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "register_file",
                "app": "commonweal",
                "unique_together": (("council_id", "sha256"),),
                "pk_attr": "id",
                "table_description": "A register as it came: what it was, how it was read, on what terms it may be used.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RegisterMapping",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                ("council_id", fields.BigIntField()),
                ("signature", fields.CharField(max_length=64)),
                ("mapping", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={
                "table": "register_mapping",
                "app": "commonweal",
                "unique_together": (("council_id", "signature"),),
                "pk_attr": "id",
                "table_description": "How a council's columns were mapped last time, by their headers.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RegisterRow",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "file",
                    fields.ForeignKeyField(
                        "commonweal.RegisterFile",
                        source_field="file_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("row_number", fields.IntField()),
                (
                    "asset",
                    fields.ForeignKeyField(
                        "commonweal.Asset",
                        source_field="asset_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("cells", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("problems", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={
                "table": "register_row",
                "app": "commonweal",
                "unique_together": (("file_id", "row_number"),),
                "pk_attr": "id",
                "table_description": "A row of a register, whole, whatever became of it: columns nobody knows are kept here.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AssetValue",
            fields=[
                ("id", IdField(primary_key=True, unique=True, db_index=True)),
                (
                    "asset",
                    fields.ForeignKeyField(
                        "commonweal.Asset",
                        source_field="asset_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("field", fields.CharField(max_length=40)),
                ("value", fields.TextField(unique=False)),
                (
                    "row",
                    fields.ForeignKeyField(
                        "commonweal.RegisterRow",
                        source_field="row_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "asset_value",
                "app": "commonweal",
                "pk_attr": "id",
                "table_description": "One value of an asset as one row of one file gave it. Never changed: the next is added.",
            },
            bases=["Model"],
        ),
    ]
