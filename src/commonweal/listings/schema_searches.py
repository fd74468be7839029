"""Saved searches in the API."""

import graphene

from commonweal.graph.declare import Column, Key, Many, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.scalars import JSON
from commonweal.people.schema import NOT_A_POINT, Me
from commonweal.places.rules import NearNeedsOnePlace, NotAnArea, RadiusOutOfRange

from . import actions_searches as actions
from . import queries, tables_searches
from . import rules_searches as rules
from .rules import NoWordsAsked, TooManyWordsAsked, WordsAskedTooLong
from .schema import filters


@rows_of(tables_searches.SavedSearch, standing=queries.SAVED_SEARCH)
class SavedSearch(graphene.ObjectType):
    """A search of mine, to be asked again."""

    id = Key("sse")
    name = graphene.String(required=True)
    arguments = Column(
        JSON, "arguments", required=True, description="Those of `search`, as variables have them."
    )
    alert = graphene.Boolean(
        required=True, description="Whether a letter tells each morning what is new."
    )
    created_at = graphene.DateTime(required=True)


KEPT = {name: field for name, field in filters().items() if name in rules.FILTERS}
OF_ONE = {"search_id": Reference(SavedSearch)}


class Mutation(graphene.ObjectType):
    save_search = Command(
        actions.save_search,
        input={
            "name": graphene.String(required=True),
            "alert": graphene.Boolean(default_value=True),
            **KEPT,
        },
        result={"search": SavedSearch, "me": Me},
        refuses=[
            rules.TooManySearches,
            rules.SearchNameLength,
            rules.SearchTooLong,
            NoWordsAsked,
            TooManyWordsAsked,
            WordsAskedTooLong,
            NotAnArea,
            NearNeedsOnePlace,
            RadiusOutOfRange,
            *NOT_A_POINT,
        ],
    )
    rename_search = Command(
        actions.rename_search,
        subject="search_id",
        input={**OF_ONE, "name": graphene.String(required=True)},
        result={"search": SavedSearch},
        refuses=[rules.SearchNameLength],
    )
    delete_search = Command(
        actions.delete_search, subject="search_id", input=OF_ONE, result={"me": Me}
    )
    set_alert = Command(
        actions.set_alert,
        subject="search_id",
        input={**OF_ONE, "on": graphene.Boolean(required=True)},
        result={"search": SavedSearch},
    )


extends = {
    "Me": {"saved_searches": Many(SavedSearch, by="person", description="Searches that I saved.")}
}
