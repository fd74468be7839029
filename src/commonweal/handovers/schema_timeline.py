"""An asset's timeline, and who watches what, in the API."""

import graphene

from commonweal.assets.schema import Asset
from commonweal.graph.declare import Column, Computed, Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.people.schema import Me
from commonweal.store.tables import AuditRecord

from . import actions_watches as actions
from . import queries_interests, rules_timeline, tables
from . import queries_timeline as queries
from .schema import Case


@rows_of(AuditRecord, standing=queries.ENTRY)
class TimelineEntry(graphene.ObjectType):
    """That something public was done to an asset: what and when, never by whom."""

    at = graphene.DateTime(required=True)
    action = Column(graphene.String, "action", required=True, description="In the code's word.")
    what = Computed(
        graphene.String,
        rules_timeline.said,
        needs=("action",),
        required=True,
        description="In a sentence.",
    )
    case = One(Case, by="subject_id", description="Null of what was done to the asset itself.")


@rows_of(tables.Watch, standing=queries_interests.WATCH)
class Watch(graphene.ObjectType):
    """An asset of whose news I am told in the morning."""

    id = Key("wat")
    since = graphene.DateTime(required=True)
    asset = One(Asset, by="asset")


OF_ASSET = {"asset_id": Reference(Asset)}
WATCHED = {"asset": Asset, "me": Me}


class Mutation(graphene.ObjectType):
    watch_asset = Command(
        actions.watch_asset, input=OF_ASSET, result=WATCHED, refuses=[rules_timeline.TooManyWatches]
    )
    unwatch_asset = Command(actions.unwatch_asset, input=OF_ASSET, result=WATCHED)


extends = {
    "Asset": {
        "timeline": Many(
            TimelineEntry,
            through=queries.of_asset,
            sort=queries.newest,
            description="What the public is told of its way, the newest first.",
        )
    },
    "Me": {"watches": Many(Watch, by="person", description="Assets that I watch.")},
}
