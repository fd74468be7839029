"""What a decision can still lack, each as a fact that says what to do about it. Pure.

`rules_decisions.missing` answers them as a list; none is raised alone. The last three only warn.
"""

from commonweal.kernel.amounts import pounds_text
from commonweal.kernel.errors import UserError, fact


@fact
class DecisionIncomplete(UserError):
    """What is missing, in words; `missing` gives the facts."""

    says = "It cannot be decided yet. {sentences}"
    missing: tuple[str, ...]

    @property
    def sentences(self) -> str:
        """All of them."""
        return " ".join(self.missing)


@fact
class InstrumentMissing(UserError):
    says = "Say by what it is given: a freehold, a lease, an assignment, a licence, or a service."


@fact
class DecisionDayMissing(UserError):
    says = "Give the day on which it is decided."


@fact
class BeginningMissing(UserError):
    says = "Give the first day on which the group has it."


@fact
class HeldUnderMissing(UserError):
    says = "Say under which power the council holds the land: each has a consent of its own."


@fact
class OwnConsentMissing(UserError):
    says = "Land held for {held_under} needs {consent}: give its reference."
    held_under: str
    consent: str


@fact
class TermMissing(UserError):
    says = "Give the term in whole months, of an assignment what is left of it."


@fact
class ValuationMissing(UserError):
    says = "Have it valued: what it is worth without conditions, in pence."


@fact
class ValuerMissing(UserError):
    says = "Name the valuer, and how they are qualified."


@fact
class ValuerNotIndependent(UserError):
    says = "Have it valued by somebody who depends on neither side."


@fact
class ValuedAfterDecision(UserError):
    says = "It was valued on {valued_on}: the value must be known on {decided_on}, when decided."
    valued_on: str
    decided_on: str


@fact
class ConsiderationMissing(UserError):
    says = "Give what is paid for it, in pence: 0 for nothing or a peppercorn."


@fact
class RentMissing(UserError):
    says = "Give the rent of a year, in pence: 0 for none or a peppercorn."


@fact
class WellbeingReasonMissing(UserError):
    says = (
        "It goes for {undervalue} less than it is worth: say how that helps the area's economic, "
        "social or environmental well-being."
    )
    undervalue_pence: int

    @property
    def undervalue(self) -> str:
        """In pounds."""
        return pounds_text(self.undervalue_pence)


@fact
class UndervalueConsentMissing(UserError):
    says = "{undervalue} under value is more than {limit}: give the reference of {consent}."
    undervalue_pence: int
    limit_pence: int
    consent: str

    @property
    def undervalue(self) -> str:
        """In pounds."""
        return pounds_text(self.undervalue_pence)

    @property
    def limit(self) -> str:
        """In pounds."""
        return pounds_text(self.limit_pence)


@fact
class OpenSpaceUnanswered(UserError):
    says = "Say whether any of it is open space."


@fact
class StatutoryTrustUnanswered(UserError):
    says = "Say whether any of it is held on a statutory trust for recreation."


@fact
class AdvertsMissing(UserError):
    says = (
        "Advertise in a local newspaper in two consecutive weeks, and give both days: of those "
        "before the decision, {before_decision} are known, and no two are in consecutive weeks."
    )
    before_decision: int


@fact
class ObjectionsDayMissing(UserError):
    says = "Give the last day for objections that the adverts name, on or after the second of them."


@fact
class ObjectionsStillOpen(UserError):
    says = "Objections are taken until {close_on}: decide on a later day than that."
    close_on: str


@fact
class ObjectionsUnrecorded(UserError):
    says = "Record the objections that came, or that none did."


@fact
class ObjectionsUnanswered(UserError):
    says = "Answer every objection first: {left} have no answer."
    left: int


@fact
class RestrictionUnanswered(UserError):
    says = "Say whether this binds it: {restriction}."
    restriction: str


@fact
class RestrictionUnresolved(UserError):
    says = "It is bound ({restriction}): give the reference of {needs}."
    restriction: str
    needs: str


@fact
class DeclarationMissing(UserError):
    says = "Declare that this was looked at: {declaration}."
    declaration: str


@fact
class DecisionMakerMissing(UserError):
    says = "Say who decides, and in which meeting or by which delegation."


@fact
class MeetingReferenceMissing(UserError):
    says = "Give the reference of the meeting, or of the record of the delegated decision."


@fact
class DelegationLimitMissing(UserError):
    says = "Give the limit of this delegation, in pence."


@fact
class BeyondDelegation(UserError):
    says = "It is worth {value}, and the delegation ends at {limit}: a meeting must decide."
    value_pence: int
    limit_pence: int

    @property
    def value(self) -> str:
        """In pounds."""
        return pounds_text(self.value_pence)

    @property
    def limit(self) -> str:
        """In pounds."""
        return pounds_text(self.limit_pence)


@fact
class SecondPersonMissing(UserError):
    says = "This council asks for two: have somebody other than who decides confirm it."


@fact
class PublicInterestUnanswered(UserError):
    says = "Answer with yes or no: {question}"
    question: str


@fact
class PublicInterestUnexplained(UserError):
    says = "Give reasons for the answer, and who wrote them: {question}"
    question: str


@fact
class RelevantDisposal(UserError):
    says = (
        "It is listed as an asset of community value: handing it over is itself a relevant "
        "disposal, with a moratorium, unless it is exempt."
    )


@fact
class LicenceMayBeLease(UserError):
    says = "Who has it to themselves has a lease, whatever it is called: look at the terms again."


@fact
class TrustStays(UserError):
    says = "The land stays bound by its trust for recreation: tell the group."
