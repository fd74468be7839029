"""Bids in the API: whose they are and what became of them; what is in one, `readBid` tells."""

import graphene

from commonweal.graph.declare import ByKey, Column, Expression, Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.node import Node
from commonweal.graph.payload import Secret
from commonweal.graph.scalars import JSON
from commonweal.kernel.lifecycle import WrongState
from commonweal.people.rules_organisations import OrganisationEnded
from commonweal.people.schema_organisations import Organisation

from . import (
    actions_bids,
    actions_drafts,
    actions_opening,
    envelopes,
    queries,
    round_keys,
    rules,
    rules_bidders,
    rules_contents,
    sealing,
    sharing,
    tables_bids,
)
from .rules_texts import TextLength
from .schema import Case, Round

BidState = graphene.Enum.from_enum(rules_bidders.BidState)
EntryState = graphene.Enum.from_enum(rules_bidders.EntryState)


@rows_of(tables_bids.BidEntry, standing=queries.ENTRY)
class BidEntry(graphene.ObjectType):
    """That a bid is for a case, and what the council makes of it there."""

    id = Key("ent")
    state = EntryState(required=True)
    version = graphene.Int(required=True)
    feedback = graphene.String(description="To those who were not chosen.")
    case = One(Case, by="case")
    bid = One(lambda: Bid, by="bid")


@rows_of(tables_bids.Attachment, standing=queries.ATTACHMENT)
class Attachment(graphene.ObjectType):
    """A sealed file: `GET /attachments/{id}` has it, with the name and type that are in it."""

    id = Key("att")
    sha256 = graphene.String(required=True, description="Of what was sealed.")
    size_bytes = graphene.Int(required=True, description="Sealed: a power of two and some more.")
    sealed_at = graphene.DateTime(required=True)


@rows_of(tables_bids.Bid, standing=queries.BID)
class Bid(graphene.ObjectType):
    """A bid; until bids are opened only its bidders know that there is one."""

    class Meta:
        interfaces = (Node,)

    id = Key("bid")
    state = BidState(required=True)
    version = graphene.Int(required=True, description="Of the row, and of what was saved last.")
    receipt = graphene.String(description="SHA-256 of what was sealed, in hexadecimal.")
    submitted_at = graphene.DateTime()
    has_newer_draft = Expression(
        graphene.Boolean,
        queries.has_newer_draft,
        required=True,
        description="Something was saved since it was submitted, and is not in: submit it again.",
    )
    reason = graphene.String(description="Why it was withdrawn, or is not eligible any more.")
    unopened = graphene.String(description="The code of why it could not be opened, if so.")
    created_at = graphene.DateTime(required=True)
    organisation = One(Organisation, by="organisation")
    round = One(Round, by="round")
    entries = Many(BidEntry, by="bid")
    attachments = Many(Attachment, by="bid")


@rows_of(tables_bids.Bid)
class Receipt(graphene.ObjectType):
    """What a bid was when it was sealed, and nothing of whose it is."""

    sha256 = Column(graphene.String, "receipt")
    submitted_at = graphene.DateTime()


OF_BID = {"bid_id": Reference(Bid)}
OF_CASE = {**OF_BID, "case_id": Reference(Case)}
AT_VERSION = {
    **OF_BID,
    "version": graphene.Int(required=True, description="The bid's, as it was read."),
}
WITH_REASON = {**OF_BID, "reason": graphene.String(required=True)}
SHOWN = {"bid": Bid}
CONTENTS = Secret(
    "contents",
    "JSON {answers: [{criterion, text}], asks: [{caseId, instrument, parts, termMonths, "
    "considerationPence, rentPence}], funding: [{source, kind, pence}], costs: [{what, pence}], "
    "pledgedMinutes, attachments: [id]}.",
)
CHECKLIST = Secret("checklist", "JSON [{need, about, by, blocks}]: what is needed, until when.")
TAKEN = (rules.StageNotHeld, rules.DeadlinePassed, rules.NotTaken)
CHANGED = (WrongState, rules.DeadlinePassed, rules_bidders.DraftChanged)
UNFIT = (rules_contents.ContentsUnfit, sealing.ContentsTooLong)


class Query(graphene.ObjectType):
    bid = ByKey(Bid)


class Mutation(graphene.ObjectType):
    start_bid = Command(
        actions_bids.start_bid,
        subject="organisation_id",
        input={"case_id": Reference(Case), "organisation_id": Reference(Organisation)},
        result=SHOWN,
        refuses=[
            *TAKEN,
            OrganisationEnded,
            rules_bidders.GroupUnfit,
            rules_bidders.InterestNotPassed,
            rules_bidders.TooManyBids,
        ],
    )
    add_case_to_bid = Command(
        actions_bids.add_case_to_bid,
        subject="bid_id",
        input=OF_CASE,
        result=SHOWN,
        refuses=[
            *TAKEN,
            WrongState,
            rules_bidders.AlreadyInBid,
            rules_bidders.InterestNotPassed,
            rules_bidders.OtherRound,
        ],
    )
    remove_case_from_bid = Command(
        actions_bids.remove_case_from_bid,
        subject="bid_id",
        input=OF_CASE,
        result=SHOWN,
        refuses=[WrongState, rules.DeadlinePassed, rules_bidders.LastCase],
    )
    save_draft = Command(
        actions_drafts.save_draft,
        subject="bid_id",
        input={**AT_VERSION, "contents": JSON(required=True, description="As readDraft has it.")},
        result={**SHOWN, "checklist": CHECKLIST},  # a secret, so that no key keeps a trace of it
        refuses=[*CHANGED, *UNFIT, *envelopes.KEY_REFUSALS],
    )
    read_draft = Command(
        actions_drafts.read_draft,
        subject="bid_id",
        input=OF_BID,
        result={**SHOWN, "contents": CONTENTS, "checklist": CHECKLIST},
        refuses=[rules_bidders.BidNotReadable, *envelopes.OPENING_REFUSALS],
    )
    submit_bid = Command(
        actions_drafts.submit_bid,
        subject="bid_id",
        input=AT_VERSION,
        result=SHOWN,
        refuses=[
            *TAKEN,
            WrongState,
            rules_bidders.DraftChanged,
            *UNFIT,
            rules_bidders.NothingToSubmit,
            rules_bidders.OfferEnded,
            rules_bidders.InterestNotPassed,
            rules_contents.BidIncomplete,
            *envelopes.OPENING_REFUSALS,
        ],
    )
    withdraw_bid = Command(
        actions_bids.withdraw_bid,
        subject="bid_id",
        input=WITH_REASON,
        result=SHOWN,
        refuses=[WrongState, TextLength],
    )
    lose_eligibility = Command(
        actions_bids.lose_eligibility,
        subject="bid_id",
        input=WITH_REASON,
        result=SHOWN,
        refuses=[WrongState, TextLength],
    )
    open_bids = Command(
        actions_opening.open_bids,
        subject="round_id",
        input={
            "round_id": Reference(Round),
            "shares": graphene.List(
                graphene.NonNull(graphene.String),
                description="What the holders of the key were given, if the round has holders.",
            ),
        },
        result={"round": Round},
        refuses=[
            rules.StageNotOver,
            rules_bidders.AlreadyOpened,
            *envelopes.KEY_REFUSALS,
            round_keys.KeyNotTheRounds,
            sharing.ShareMistyped,
            sharing.ShareOfAnotherRound,
            sharing.SharesMissing,
        ],
    )
    read_bid = Command(
        actions_opening.read_bid,
        subject="bid_id",
        input=OF_BID,
        result={**SHOWN, "contents": CONTENTS},
        refuses=[
            rules_bidders.BidNotReadable,
            rules_bidders.BidUnopened,
            *envelopes.OPENING_REFUSALS,
        ],
    )


extends = {
    "Organisation": {"bids": Many(Bid, by="organisation")},
    "Case": {"entries": Many(BidEntry, by="case")},
    "Round": {
        "bids": Many(Bid, by="round"),
        "bids_in": Expression(
            graphene.Int, queries.bids_in, description="Null while the round hides how many."
        ),
        "receipts": Many(
            Receipt,
            by="round",
            where=queries.stood,
            description="Of bids that stood at the deadline, and so how many; nothing before.",
        ),
    },
}
