"""Areas and the gazetteer."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, GeometryField, IdField

from .rules import MAX_NAME, AreaKind, PlaceKind


class Area(Model):
    """A council's, ward's or parish's ground, on the days [valid_from, valid_until)."""

    id = IdField()
    kind = fields.CharEnumField(AreaKind, max_length=10)
    code = fields.CharField(max_length=MAX_NAME)  # as a rule the GSS code, else the name
    name = fields.CharField(max_length=MAX_NAME)
    name_cy = fields.CharField(max_length=MAX_NAME, null=True)  # in Welsh
    lookup = fields.CharField(max_length=MAX_NAME, default="", db_default="")  # postcodes.key(name)
    lookup_cy = fields.CharField(max_length=MAX_NAME, null=True)
    valid_from = fields.DateField()
    valid_until = fields.DateField(null=True)
    shape: Any = GeometryField("MULTIPOLYGON", null=True)
    council: Any = fields.ForeignKeyField(
        "commonweal.Area", related_name="parts", null=True, db_index=True, on_delete=KEEP
    )
    council_id: int | None
    licence = fields.CharField(max_length=MAX_NAME)

    class Meta:
        table = "area"
        unique_together = (("kind", "code", "valid_from"),)


class Place(Model):
    """A name by which people say where: a postcode, a district, a town, a village."""

    id = IdField()
    kind = fields.CharEnumField(PlaceKind, max_length=10)
    name = fields.CharField(max_length=MAX_NAME)
    lookup = fields.CharField(max_length=MAX_NAME)  # postcodes.key(name)
    qualifier = fields.CharField(max_length=MAX_NAME)  # tells two Newports apart; may be blank
    rank = fields.SmallIntField()  # of places with one name, the likelier first
    location: Any = GeometryField("POINT")

    class Meta:
        table = "place"
        unique_together = (("lookup", "kind", "qualifier"),)
