"""What everything with an id has in common."""

import graphene


class Node(graphene.Interface):
    """Something with an id of its own."""

    id = graphene.ID(required=True)
