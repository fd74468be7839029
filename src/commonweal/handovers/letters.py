"""What people are told by mail: verdicts, decisions, and news of the assets that they watch."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from commonweal.kernel.calendar import CIVIL_ZONE
from commonweal.messages.rules import Letter

from .rules_bidders import EntryState
from .rules_interests import Judgement, Verdict

JUDGED: Final = {
    Verdict.PASS: "Your group passed: it is invited when bids are asked for.",
    Verdict.PASS_WITH_CAVEATS: (
        "Your group passed with caveats: it is invited when bids are asked for, on the conditions "
        "below."
    ),
    Verdict.FAIL: "Your group did not pass, and is not invited to bid.",
}
DECIDED: Final = {
    EntryState.CHOSEN: "It goes to your group. The terms come next.",
    EntryState.RESERVE: "It goes to another group. Yours is next, should that one not take it.",
    EntryState.NOT_CHOSEN: "It goes to another group.",
}
Watched = tuple[str, Sequence[str]]  # an asset's name; what happened to it, in the public's words


def interest_judged(case: str, verdict: Verdict, judgements: Sequence[Judgement]) -> Letter:
    """To a group: what came of its answers, with each caveat."""
    failed = [f"- {each.question}" for each in judgements if each.verdict is Verdict.FAIL]
    parts = [f"The council judged what your group said of {case}.", JUDGED[verdict]]
    parts += ["\n".join(["Not passed:", *failed])] if failed else []
    parts += [f"{each.question}\nCaveat: {each.caveat}" for each in judgements if each.caveat]
    return Letter(
        kind="interest_judged",
        subject=f"Your interest in {case}",
        body="\n\n".join(parts) + "\n",
    )


def invited(case: str, ends_at: datetime) -> Letter:
    """To a group that passed: bids are asked for, and until when."""
    until = f"{ends_at.astimezone(CIVIL_ZONE):%d %B %Y, %H:%M}"
    parts = [f"The council asks for bids for {case}, until {until}."]
    parts.append("You write yours together; until then nobody else can read it.")
    return Letter(
        kind="bids_invited",
        subject=f"Bids for {case}",
        body="\n\n".join(parts) + "\n",
    )


def case_decided(case: str, became: EntryState) -> Letter:
    """To a group that bid: what was decided, and what they can do."""
    parts = [f"The council has decided about {case}.", DECIDED[became]]
    parts.append("The decision is published with its reasons. Who bid may appeal against it.")
    return Letter(
        kind="case_decided",
        subject=f"The decision about {case}",
        body="\n\n".join(parts) + "\n",
    )


def watched(found: Sequence[Watched], off: str) -> Letter:
    """What happened to the assets that somebody watches; `off` is the link that ends these."""
    parts = ["\n".join([f"{name}:", *(f"- {what}" for what in whats)]) for name, whats in found]
    parts.append(f"No more of these letters: {off}")
    return Letter(
        kind="watched",
        subject="News of what you watch",
        body="\n\n".join(parts) + "\n",
        unsubscribe_url=off,
    )
