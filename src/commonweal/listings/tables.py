"""The one table that search reads."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from commonweal.store.fields import KEEP, GeometryField, IdField, InstantField

from .rules import MAX_TITLE, MAX_WORD, ListingKind, ListingState


class Listing(Model):
    """Something open to the public. Of a subject at most one is live: an index sees to it."""

    id = IdField()
    kind = fields.CharEnumField(ListingKind, max_length=16)
    state = fields.CharEnumField(ListingState, max_length=10)
    version = fields.IntField(default=1)
    subject_id = fields.BigIntField()  # what it is about, in the table of its kind's room
    council: Any = fields.ForeignKeyField("commonweal.Area", related_name=False, on_delete=KEEP)
    council_id: int
    title = fields.CharField(max_length=MAX_TITLE)
    summary = fields.TextField(null=True)
    category = fields.CharField(max_length=40)  # of its kind's own list: "ALLOTMENT"
    address = fields.TextField(null=True)
    location: Any = GeometryField("POINT", null=True)  # null: listed, but not on the map
    published_at = InstantField()
    closes_at = InstantField(null=True)
    words = fields.TextField(default="", db_default="")  # of all its text (words.py)
    title_words = fields.TextField(default="", db_default="")

    class Meta:
        table = "listing"


class ListingOpening(Model):
    """A rule of when it can be visited: weekly or for one day; without minutes closed that day."""

    id = IdField()
    listing: Any = fields.ForeignKeyField(
        "commonweal.Listing", related_name=False, db_index=True, on_delete=KEEP
    )
    listing_id: int
    weekday = fields.SmallIntField(null=True)  # Monday is 0
    on_day = fields.DateField(null=True)
    opens_minute = fields.SmallIntField(null=True)  # from midnight, in the place's own time
    closes_minute = fields.SmallIntField(null=True)

    class Meta:
        table = "listing_opening"


class Word(Model):
    """A word that some listing has or had, as the text has it. Never deleted."""

    word = fields.CharField(max_length=MAX_WORD, primary_key=True)
    stem = fields.CharField(max_length=MAX_WORD, db_index=True)

    class Meta:
        table = "word"


class WordTrigram(Model):
    """Three characters that stand together in a known word."""

    id = fields.BigIntField(primary_key=True, generated=True)  # nobody names it
    trigram = fields.CharField(max_length=3)
    word = fields.CharField(max_length=MAX_WORD)

    class Meta:
        table = "word_trigram"
        unique_together = (("trigram", "word"),)
