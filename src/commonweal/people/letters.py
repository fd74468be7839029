"""What people are told by mail: short, and no more in it than the addressee may know."""

from datetime import date

from commonweal.messages.rules import Letter

from .rules import CODE_MINUTES
from .rules_organisations import INVITATION_DAYS


def code(digits: str) -> Letter:
    """The digits to sign in with."""
    return Letter(
        kind="sign_in_code",
        subject="Your code to sign in",  # not the code: a subject is kept longer than the text
        body=(
            f"Your code is {digits[:3]} {digits[3:]}\n\n"
            f"It is good for {CODE_MINUTES.value} minutes, once. Nobody from us will ever ask you "
            "for it.\nIf you did not ask for a code, there is nothing to do: without it nobody "
            "gets in.\n"
        ),
        secret=True,
    )


def council_handed_over(council: str, on: date) -> Letter:
    """To a successor's owners, who must agree."""
    return Letter(
        kind="council_handed_over",
        subject=f"{council} wants to hand over to you",
        body=(
            f"{council} wants to end and to hand over to you on {on:%d %B %Y}: its areas, and its "
            "officers, who will be yours.\n\nNothing happens unless one of you agrees.\n"
        ),
    )


def email_changed() -> Letter:
    """To the address with which somebody no longer signs in."""
    return Letter(
        kind="email_changed",
        subject="You sign in with another address now",
        body=(
            "From now on you sign in with another address, and not with this one.\n\n"
            "If it was not you who changed it, tell whoever runs this service at once.\n"
        ),
    )


def invitation(organisation: str, role: str) -> Letter:
    """That somebody is invited into an organisation."""
    return Letter(
        kind="invitation",
        subject=f"{organisation} invites you",
        body=(
            f"{organisation} invites you to be its {role.lower()}.\n\n"
            "Sign in with this address, and you find the invitation under what is yours. It is "
            f"good for {INVITATION_DAYS.value} days.\n"
            f"If you do not know {organisation}, decline it or let it lapse.\n"
        ),
    )


def organisation_declined(organisation: str, reason: str) -> Letter:
    """Why an organisation could not be verified."""
    return Letter(
        kind="organisation_declined",
        subject=f"{organisation} could not be verified yet",
        body=f"The council could not verify {organisation}:\n\n{reason}\n\nRevise what it says of "
        "itself, and it is looked at again.\n",
    )


def household_invitation(household: str) -> Letter:
    """That somebody is invited into a household."""
    return Letter(
        kind="household_invitation",
        subject="You are invited into a household",
        body=(
            f"You are invited into the household {household}: as an adult, equal to the others.\n\n"
            "Sign in with this address, and you find the invitation under what is yours. It is "
            f"good for {INVITATION_DAYS.value} days.\n"
            "If you do not know who invites you, decline it or let it lapse.\n"
        ),
    )
