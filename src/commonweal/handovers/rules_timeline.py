"""What the public is told of an asset's way, and in which words. Pure.

Only what stands here is told: that it was done and when, never by whom, never with what. So no bid,
no score and no expression of interest is in it, nor can they be counted by it (design note: assets,
invariant 7).
"""

from datetime import date
from enum import StrEnum
from typing import Final

from commonweal.kernel.errors import UserError, fact
from commonweal.kernel.limits import limit
from commonweal.kernel.retention import ends

ends("watches", None, date(2026, 11, 23), "when whose they are ends them or is erased")

WATCHES: Final = limit("assets that a person watches", 100, "assets", "a ward's; a page of a list")


@fact
class TooManyWatches(UserError):
    says = "You watch {most} assets. Leave one that you no longer care about."
    most: int


class Happening(StrEnum):
    """An action of the audit that is public; its value is what the audit calls it."""

    IMPORT = "import"
    ACCEPT_PROPOSAL = "accept_proposal"
    PUBLISH_LISTING = "publish_listing"
    WITHDRAW_LISTING = "withdraw_listing"
    CLOSE_LISTING = "close_listing"
    RETIRE = "retire"
    RESTORE = "restore"
    PROPOSE_CASE = "propose_case"
    ANSWER_BLOCKING = "answer_blocking"
    WITHHOLD_CASE = "withhold_case"
    LIST_CASE = "list_case"
    ANSWER_QUESTION = "answer_question"
    PUBLISH_DOCUMENT = "publish_document"
    PUT_OFF_STAGES = "put_off_stages"
    CLOSE_EOI = "close_eoi"
    INVITE_BIDS = "invite_bids"
    CLOSE_BIDS = "close_bids"
    OPEN_BIDS = "open_bids"
    RECOMMEND = "recommend"
    REASSESS = "reassess"
    DECIDE = "decide"
    AGREE_TERMS = "agree_terms"
    COMPLETE_CASE = "complete_case"
    FALL_BACK = "fall_back"
    LAPSE_CASE = "lapse_case"
    AWARD_NONE = "award_none"
    RUN_OUT = "run_out"
    WITHDRAW_CASE = "withdraw_case"
    APPEAL_DECISION = "appeal_decision"
    DECIDE_CASE_APPEAL = "decide_case_appeal"
    BEGIN_MONITORING = "begin_monitoring"
    RECORD_MONITORING = "record_monitoring"
    FIND_BREACH = "find_breach"
    SERVE_NOTICE = "serve_notice"
    CURE_BREACH = "cure_breach"
    REVERT_CASE = "revert_case"
    END_CASE = "end_case"


PUBLIC: Final = {
    Happening.IMPORT: "It came into the council's register.",
    Happening.ACCEPT_PROPOSAL: "What the council's register says of it changed.",
    Happening.PUBLISH_LISTING: "It was put into the shop window.",
    Happening.WITHDRAW_LISTING: "It was taken out of the shop window.",
    Happening.CLOSE_LISTING: "Its time in the shop window was over.",
    Happening.RETIRE: "It is in no register any more.",
    Happening.RESTORE: "It is back in the council's register.",
    Happening.PROPOSE_CASE: "It was proposed for a community.",
    Happening.ANSWER_BLOCKING: "The council said whether anything keeps it from being offered.",
    Happening.WITHHOLD_CASE: "The council keeps it, and said why.",
    Happening.LIST_CASE: "It is offered: groups may say that they are interested.",
    Happening.ANSWER_QUESTION: "The council answered a question about it.",
    Happening.PUBLISH_DOCUMENT: "The council published a document about it.",
    Happening.PUT_OFF_STAGES: "There is more time than was said before.",
    Happening.CLOSE_EOI: "The time to say that one is interested is over.",
    Happening.INVITE_BIDS: "Bids are asked for.",
    Happening.CLOSE_BIDS: "The time to bid is over.",
    Happening.OPEN_BIDS: "What was bid is being assessed.",
    Happening.RECOMMEND: "The assessment is done, and what came of it is looked into.",
    Happening.REASSESS: "What the assessment came to has changed, and it is looked at again.",
    Happening.DECIDE: "It was decided.",
    Happening.AGREE_TERMS: "The terms went to the group.",
    Happening.COMPLETE_CASE: "It was signed: a group has the keys.",
    Happening.FALL_BACK: "The chosen group is gone, and the next one is looked into.",
    Happening.LAPSE_CASE: "It was never signed, and is not any more.",
    Happening.AWARD_NONE: "Nobody was awarded it.",
    Happening.RUN_OUT: "The chosen group is gone, and none is next: nobody was awarded it.",
    Happening.WITHDRAW_CASE: "It is not offered any more.",
    Happening.APPEAL_DECISION: "Somebody appealed: all stands still until that is decided.",
    Happening.DECIDE_CASE_APPEAL: "An appeal was decided.",
    Happening.BEGIN_MONITORING: "From now on its targets are looked at each year.",
    Happening.RECORD_MONITORING: "A year's targets were looked at.",
    Happening.FIND_BREACH: "A term is not kept.",
    Happening.SERVE_NOTICE: "The group was given time to put it right.",
    Happening.CURE_BREACH: "It was put right.",
    Happening.REVERT_CASE: "It was not put right, and came back to the council.",
    Happening.END_CASE: "The term is over, and it came back to the council.",
}


def said(action: str) -> str:
    """What the public reads of an action that is public."""
    return PUBLIC[Happening(action)]
