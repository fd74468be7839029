"""Files in the API: what they are. Their bytes go by PUT and GET /files (web/files.py)."""

import graphene

from commonweal.graph.declare import ByKey, Computed, Key, rows_of
from commonweal.graph.node import Node
from commonweal.kernel.ids import write_id

from . import queries, tables


@rows_of(tables.File, standing=queries.STANDING)
class File(graphene.ObjectType):
    """Something uploaded: its owner's, or public."""

    class Meta:
        interfaces = (Node,)

    id = Key("fil")
    name = graphene.String(required=True)
    media_type = graphene.String(required=True, description="By its bytes, not by its name.")
    size_bytes = graphene.Int(required=True)
    sha256 = graphene.String(required=True, description="Of its bytes.")
    created_at = graphene.DateTime(required=True)
    url = Computed(
        graphene.String,
        lambda key: f"/files/{write_id('fil', key)}",
        needs=("id",),
        required=True,
        description="Where its bytes are, as a path of this service.",
    )


class Query(graphene.ObjectType):
    file = ByKey(File)
