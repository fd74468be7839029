"""People without e-mail, in the API."""

import graphene

from commonweal.graph.mutation import Command, Reference
from commonweal.graph.payload import Secret

from . import actions_cards as actions
from . import rules
from . import rules_organisations as organisations
from .rules_households import StillUnderAge
from .schema import CODE, DEVICE, EMAIL, PROVING, TOKEN, Language, Person
from .schema_households import Child
from .schema_organisations import OF_ONE

CARD = Secret("card", "Shown once: print it for them. With it they claim the account.")
OF_PERSON = {"person_id": Reference(Person)}


class Mutation(graphene.ObjectType):
    register_person = Command(
        actions.register_person,
        subject="organisation_id",
        input={
            **OF_ONE,
            "name": graphene.String(required=True),
            "phone": graphene.String(),
            "language": graphene.InputField(Language, default_value=rules.Language.ENGLISH),
        },
        result={"person": Person, "card": CARD},
        refuses=[rules.NameLength, rules.PhoneUnlikely, organisations.OrganisationEnded],
    )
    print_card = Command(
        actions.print_card,
        subject="person_id",
        input=OF_PERSON,
        result={"person": Person, "card": CARD},
        refuses=[rules.AlreadyClaimed],
    )
    print_grown_card = Command(
        actions.print_grown_card,
        subject="child_id",
        input={"child_id": Reference(Child)},
        result={"card": CARD},
        refuses=[StillUnderAge],
    )
    act_for = Command(
        actions.act_for,
        subject="person_id",
        input=OF_PERSON,
        result={"person": Person, "token": TOKEN},
        refuses=[rules.AlreadyClaimed],
    )
    claim_account = Command(
        actions.claim_account,
        input={
            "card": graphene.String(required=True, description="The code on the card."),
            "email": EMAIL,
            "code": CODE,
            "device": DEVICE,
        },
        result={"token": TOKEN},
        refuses=[*PROVING, rules.CardWrong, rules.EmailTaken, rules.TokenLabel],
    )
