"""Proposals in the API: what a register that came again says, for officers to decide."""

import graphene

from commonweal.graph.declare import Computed, Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.payload import Tally
from commonweal.graph.scalars import JSON
from commonweal.kernel.lifecycle import WrongState
from commonweal.listings.rules import ReasonLength
from commonweal.places.schema import Area

from . import actions_proposals as actions
from . import queries, rules, tables
from .schema import Asset
from .schema_registers import RegisterFile, RegisterRow

ProposalKind = graphene.Enum.from_enum(rules.ProposalKind)
ProposalState = graphene.Enum.from_enum(rules.ProposalState)
MatchReason = graphene.Enum.from_enum(rules.MatchReason)


@rows_of(tables.Proposal, standing=queries.STANDING)
class Proposal(graphene.ObjectType):
    """What a register that came again says of one asset: nothing is so until it is accepted."""

    id = Key("prp")
    kind = ProposalKind(required=True)
    state = ProposalState(required=True)
    version = graphene.Int(required=True)
    reason = MatchReason(description="Why the row is taken to speak of the asset.")
    score = graphene.Int(
        description="How much of what both the row and the asset say agrees, per 10,000."
    )
    says = Computed(
        graphene.String,
        rules.in_words,
        needs=("kind", "reason", "score"),
        required=True,
        description="What is proposed and why, in words.",
    )
    changes = JSON(
        required=True,
        description="[{field, before, after}] as people read them; a move has its `metres`.",
    )
    asset = One(Asset, by="asset", description="None yet, where it is new; of a split, the origin.")
    row = One(RegisterRow, by="row", description="None where no row speaks of the asset.")
    register = One(RegisterFile, by="file")
    council = One(Area, by="council")
    decided_at = graphene.DateTime()
    decided_by = graphene.String()
    refusal = graphene.String(description="Why it was refused.")


ASKED = {
    "kinds": graphene.List(graphene.NonNull(ProposalKind)),
    "states": graphene.List(graphene.NonNull(ProposalState)),
}
OF_A_KIND = {
    "register_id": Reference(RegisterFile),
    "kind": graphene.InputField(ProposalKind, required=True),
    "matched_by": graphene.InputField(MatchReason, description="Only those with this reason."),
    "least_score": graphene.Int(description="Only those with this score or a higher one."),
}
LEFT = "How many such are open still: ask again, or look at them one by one."


class Mutation(graphene.ObjectType):
    accept_proposal = Command(
        actions.accept_proposal,
        subject="proposal_id",
        input={"proposal_id": Reference(Proposal)},
        result={"proposal": Proposal, "asset": Asset},
        refuses=[WrongState, rules.ProposalOutdated, rules.NotListable],
    )
    refuse_proposal = Command(
        actions.refuse_proposal,
        subject="proposal_id",
        input={
            "proposal_id": Reference(Proposal),
            "reason": graphene.String(required=True),
        },
        result={"proposal": Proposal, "asset": Asset},
        refuses=[WrongState, ReasonLength],
    )
    accept_proposals = Command(
        actions.accept_proposals,
        subject="register_id",
        input=OF_A_KIND,
        result={
            "register": RegisterFile,
            "decided": Tally("decided", "How many this request accepted."),
            "left": Tally("left", LEFT),
        },
    )
    refuse_proposals = Command(
        actions.refuse_proposals,
        subject="register_id",
        input={**OF_A_KIND, "reason": graphene.String(required=True)},
        result={
            "register": RegisterFile,
            "decided": Tally("decided", "How many this request refused."),
            "left": Tally("left", LEFT),
        },
        refuses=[ReasonLength],
    )


extends = {
    "Asset": {
        "proposals": Many(
            Proposal,
            by="asset",
            where=queries.proposals_asked,
            description="What registers propose of it: for its council's officers.",
            **ASKED,
        )
    },
    "RegisterFile": {
        "proposals": Many(
            Proposal,
            by="file",
            where=queries.proposals_asked,
            sort=queries.by_kind,
            description="What it proposes: for its council's officers.",
            **ASKED,
        )
    },
}
