"""What both journeys of a hand-over do alike: a council with its people, a round, bids, a vote."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import httpx2

from commonweal.handovers.rules_decisions import Declaration, PublicInterest, Restriction
from tests.journeys.phones import WAIT_SECONDS, Phone, Run

# From the machine's own day: the command line lives on it, and no clock may be behind the lease.
START: Final = datetime.now(UTC).date()
ANSWERS: Final = [{"question": "Who are you?", "answer": "A club of forty, since 1987."}]
NO: Final = dict.fromkeys(
    ("receiptRingFenced", "receiptInCapitalProgramme", "neededByCouncil", "otherReason"), False
)
CRITERIA: Final = [
    {"name": "Need", "weight": 6000, "scale": "ONE_TO_FIVE", "least": 2},
    {"name": "Money", "weight": 4000, "scale": "ONE_TO_FIVE", "least": 1},
]
KNOWN: Final[dict[str, Any]] = {  # of any decision
    "restrictions": [{"restriction": each.value, "binds": False} for each in Restriction],
    "declarations": [each.value for each in Declaration],
    "publicInterest": [
        {"question": each.value, "yes": True, "reasons": "By the people who use it."}
        for each in PublicInterest
    ],
    "delegated": False,
    "meetingReference": "CAB/114",
}


def day(days: int) -> date:
    return START + timedelta(days=days)


def at(days: int) -> str:
    """The end of a stage, at the close of a day."""
    return datetime.combine(day(days), time(17), UTC).isoformat()


STAGES: Final = [
    {"stage": stage, "endsAt": at(days)}
    for stage, days in (
        *(("EOI", 20), ("SHORTLISTING", 30), ("BUSINESS_CASE", 50)),
        *(("ASSESSMENT", 70), ("DECISION", 90)),
    )
]


@dataclass
class Story:
    """Whoever takes part, by name, on whatever server answers on that day."""

    run: Run
    council: str  # its code
    http: httpx2.AsyncClient | None = None
    phones: dict[str, Phone] = field(default_factory=dict)

    async def on(self, http: httpx2.AsyncClient) -> None:
        """Another day: everybody has the same phone, and another connection."""
        self.http = http
        for phone in self.phones.values():
            phone.http, phone.token = http, ""  # the session may be over by then
            await phone.sign_in()

    async def person(self, name: str) -> Phone:
        """Somebody who signed in."""
        if name not in self.phones:
            assert self.http
            self.phones[name] = Phone(self.http, f"{name}@example.org")
            await self.phones[name].sign_in()
        return self.phones[name]

    async def council_with(self, **roles: str) -> str:
        """The council's owner, and further people in their roles; the organisation's id."""
        await asyncio.to_thread(
            self.run, "council", "appoint", "--council", self.council, "--email", "dee@example.org"
        )
        dee = await self.person("dee")
        joined = await dee.do(
            "acceptInvitation", "organisation { id }", invitationId=await dee.invitation()
        )
        number = str(joined["organisation"]["id"])
        for name, role in roles.items():
            await self.joins(dee, number, name, role)
        return number

    async def joins(self, inviter: Phone, organisation: str, name: str, role: str) -> None:
        email = f"{name}@example.org"
        await inviter.do("inviteMember", organisationId=organisation, email=email, role=role)
        phone = await self.person(name)
        await phone.do("acceptInvitation", invitationId=await phone.invitation())

    async def group(self, name: str, council_id: str) -> str:
        """A group of that name, founded by its namesake."""
        founder = await self.person(name)
        founded = await founder.do(
            "foundOrganisation",
            "organisation { id }",
            kind="COMMUNITY_GROUP",
            name=f"Friends of {name.title()}",
            councilId=council_id,
        )
        return str(founded["organisation"]["id"])

    async def interest(self, name: str, organisation: str, case: str) -> str:
        """Expressed: its id."""
        said = await self.phones[name].do(
            "expressInterest",
            "interest { id }",
            organisationId=organisation,
            caseId=case,
            answers=ANSWERS,
        )
        return str(said["interest"]["id"])

    async def names(self, round_: str, name: str) -> str:
        """A colleague onto the panel, by Otto: the scorer's id."""
        me = (await self.phones[name].ask("{ me { id } }"))["me"]["id"]
        named = await self.phones["otto"].do(
            "nameScorer", "scorer { id }", roundId=round_, personId=me
        )
        return str(named["scorer"]["id"])

    async def scores(self, name: str, case: str, bid: str, *points: int) -> None:
        """In the order of the criteria."""
        for criterion, each in zip(CRITERIA, points, strict=True):
            await self.phones[name].do(
                "recordScore",
                caseId=case,
                bidId=bid,
                criterion=criterion["name"],
                points=each,
                reason="As it reads.",
            )

    async def bid(self, name: str, organisation: str, case: str, **asks: Any) -> tuple[str, str]:
        """Written, and submitted: the bid's id and its receipt."""
        phone = self.phones[name]
        begun = await phone.do(
            "startBid", "bid { id version }", caseId=case, organisationId=organisation
        )
        contents = {
            "answers": [{"criterion": each["name"], "text": f"{name}: so."} for each in CRITERIA],
            "asks": [{"caseId": case, "instrument": "LICENCE", "termMonths": 36, **asks}],
            "funding": [{"source": "Members", "kind": "SECURED", "pence": 200_000}],
            "costs": [{"what": "A shed", "pence": 150_000}],
            "pledgedMinutes": 12_000,
            "attachments": [],
        }
        saved = await phone.do(
            "saveDraft",
            "bid { version } checklist",
            bidId=begun["bid"]["id"],
            version=begun["bid"]["version"],
            contents=contents,
        )
        assert json.loads(saved["checklist"]) == []
        sent = await phone.do(
            "submitBid",
            "bid { id receipt }",
            bidId=begun["bid"]["id"],
            version=saved["bid"]["version"],
        )
        return str(sent["bid"]["id"]), str(sent["bid"]["receipt"])


async def state_of(phone: Phone, case: str) -> str:
    found = await phone.ask("query($id: ID!) { case(id: $id) { state } }", id=case)
    return str(found["case"]["state"])


async def comes_to(phone: Phone, case: str, state: str) -> None:
    """Wait for a job that moves a case."""
    until = datetime.now(UTC) + timedelta(seconds=WAIT_SECONDS)
    while (found := await state_of(phone, case)) != state:
        assert datetime.now(UTC) < until, f"it stands at {found}, not at {state}"
        await asyncio.sleep(0.05)


async def decided(officer: Phone, case: str, **facts: Any) -> dict[str, Any]:
    """All that is needed is written down, and it is decided."""
    shown = "decision { id version missing }"
    written = (await officer.do("prepareDecision", shown, caseId=case, **(KNOWN | facts)))[
        "decision"
    ]
    assert written["missing"] == []
    given = {"decisionId": written["id"], "version": written["version"]}
    done = await officer.do(
        "decide",
        "decision { id reasons } case { state }",
        **given,
        reasons="The best for Bridge End.",
    )
    assert done["case"]["state"] == "DECIDED"
    return dict(done["decision"])
