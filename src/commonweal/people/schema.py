"""Me, my sessions and tokens, and signing in, in the API."""

from typing import Any

import graphene

from commonweal import access
from commonweal.graph.declare import Expression, First, Key, Many, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.payload import Secret
from commonweal.graph.scalars import JSON, GeoJSON
from commonweal.messages.rules import AddressNotUsable
from commonweal.places.coordinates import LooksLikeGrid, OffTheGlobe
from commonweal.places.grids import LooksSwapped, NotACoordinate
from commonweal.places.spatial import geojson

from . import actions, queries, rules, tables

Language = graphene.Enum.from_enum(rules.Language)
TokenKind = graphene.Enum.from_enum(rules.TokenKind)
Scope = graphene.Enum.from_enum(access.Scope)
NOT_A_POINT = (NotACoordinate, OffTheGlobe, LooksLikeGrid, LooksSwapped)
TOKEN = Secret("token", "Shown once: send it as `Authorization: Bearer …`.")


@rows_of(tables.AccessToken, standing=queries.ACCESS_TOKEN)
class AccessToken(graphene.ObjectType):
    """A session or a token of mine: what acts in my name, and until when."""

    id = Key("tok")
    kind = TokenKind(required=True)
    label = graphene.String(required=True)
    scopes = JSON(description="What it is good for; null: whatever I may do.")
    created_at = graphene.DateTime(required=True)
    expires_at = graphene.DateTime(required=True)
    is_this_one = Expression(
        graphene.Boolean,
        queries.is_this_one,
        required=True,
        description="Whether this is asked with it.",
    )


@rows_of(tables.Person, standing=queries.PERSON)
class Person(graphene.ObjectType):
    """Somebody, as those who are in an organisation with them see them."""

    id = Key("per")
    name = graphene.String()


@rows_of(tables.Person, standing=queries.PERSON)
class Me(graphene.ObjectType):
    """Whoever asks: what is known of them, and what is theirs."""

    id = Key("per")
    name = graphene.String()
    email = graphene.String()
    phone = graphene.String()
    language = Language(required=True)
    created_at = graphene.DateTime(required=True)
    shown_home = Expression(
        GeoJSON,
        lambda row, *_: geojson(row.shown_home),
        description="What stands for my home wherever a place is needed: 300 to 800 m from it.",
    )
    access_tokens = Many(
        AccessToken,
        by="person",
        where=queries.in_use,
        description="Where I am signed in, and the tokens of my programs.",
    )


class Query(graphene.ObjectType):
    me = First(
        Me,
        where=lambda *_: (),
        sort=lambda *_: [],
        description="Whoever asks; null for who is not signed in.",
    )


EMAIL = graphene.String(required=True, description="An e-mail address.")
CODE = graphene.String(required=True, description="The six digits that came by mail.")
DEVICE = graphene.String(description="What you call this device, to know its session again.")
PROVING: Any = [AddressNotUsable, rules.TooManyTries, rules.CodeWrong]


class Mutation(graphene.ObjectType):
    request_sign_in_code = Command(
        actions.request_sign_in_code,
        input={"email": EMAIL},
        refuses=[AddressNotUsable, rules.TooManyTries],
    )
    request_email_code = Command(
        actions.request_email_code,
        input={"email": EMAIL},
        refuses=[AddressNotUsable, rules.TooManyTries],
    )
    sign_in = Command(
        actions.sign_in,
        input={"email": EMAIL, "code": CODE, "device": DEVICE},
        result={"token": TOKEN},
        refuses=[*PROVING, rules.TokenLabel],
    )
    sign_out = Command(actions.sign_out)
    change_email = Command(
        actions.change_email,
        input={"email": EMAIL, "code": CODE},
        result={"me": Me},
        refuses=[*PROVING, rules.EmailTaken],
    )
    revise_me = Command(
        actions.revise_me,
        input={
            "name": graphene.String(),
            "phone": graphene.String(description="Blank to forget it."),
            "language": graphene.InputField(Language),
        },
        result={"me": Me},
        refuses=[rules.NameLength, rules.PhoneUnlikely],
    )
    set_home = Command(
        actions.set_home,
        input={
            "longitude": graphene.Float(required=True),
            "latitude": graphene.Float(required=True),
        },
        result={"me": Me},
        refuses=[*NOT_A_POINT, rules.TooManyTries],
    )
    forget_home = Command(actions.forget_home, result={"me": Me})
    create_access_token = Command(
        actions.create_access_token,
        input={
            "label": graphene.String(required=True),
            "scopes": graphene.InputField(graphene.List(graphene.NonNull(Scope)), required=True),
            "days": graphene.Int(default_value=rules.TOKEN_DAYS),
        },
        result={"token": TOKEN},
        refuses=[rules.TokenLabel, rules.TokenLifetime, rules.ScopesNeeded, rules.TooManyTokens],
    )
    revoke_access_token = Command(
        actions.revoke_access_token,
        subject="access_token_id",
        input={"access_token_id": Reference(AccessToken)},
    )
