"""My passkeys, and signing in with one, in the API."""

import graphene

from commonweal.graph.declare import Key, Many, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.payload import Secret

from . import actions_passkeys as actions
from . import queries, rules, tables_passkeys
from . import rules_passkeys as passkeys
from .schema import DEVICE, TOKEN

OPTIONS = Secret(
    "options",
    "JSON for the browser: `PublicKeyCredential.parseCreationOptionsFromJSON` reads it, or "
    "`parseRequestOptionsFromJSON` to sign in.",
)
CREDENTIAL = graphene.String(
    required=True, description="What the browser gave, as JSON: `JSON.stringify(credential)`."
)


@rows_of(tables_passkeys.Passkey, standing=queries.ACCESS_TOKEN)
class Passkey(graphene.ObjectType):
    """A key of a device of mine, by which I sign in."""

    id = Key("pas")
    label = graphene.String(required=True)
    created_at = graphene.DateTime(required=True)
    last_used_at = graphene.DateTime(description="When I last signed in with it.")


class Mutation(graphene.ObjectType):
    begin_passkey = Command(
        actions.begin_passkey, result={"options": OPTIONS}, refuses=[passkeys.TooManyPasskeys]
    )
    add_passkey = Command(
        actions.add_passkey,
        input={
            "credential": CREDENTIAL,
            "label": graphene.String(required=True, description="To know it again."),
        },
        result={"passkey": Passkey},
        refuses=[
            rules.TokenLabel,
            passkeys.PasskeyNotUsable,
            passkeys.PasskeyTaken,
            passkeys.TooManyPasskeys,
        ],
    )
    remove_passkey = Command(
        actions.remove_passkey,
        subject="passkey_id",
        input={"passkey_id": Reference(Passkey)},
    )
    begin_passkey_sign_in = Command(actions.begin_passkey_sign_in, result={"options": OPTIONS})
    sign_in_with_passkey = Command(
        actions.sign_in_with_passkey,
        input={"credential": CREDENTIAL, "device": DEVICE},
        result={"token": TOKEN},
        refuses=[
            rules.TokenLabel,
            rules.TooManyTries,
            passkeys.PasskeyNotUsable,
            passkeys.PasskeyCopied,
        ],
    )


extends = {"Me": {"passkeys": Many(Passkey, by="person", description="By which I sign in.")}}
