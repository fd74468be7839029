"""Expenses in the API."""

import graphene

from commonweal.files.schema import File
from commonweal.graph.declare import Expression, Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference
from commonweal.graph.node import Node
from commonweal.graph.payload import Tally
from commonweal.kernel.lifecycle import WrongState
from commonweal.people.rules_organisations import OrganisationEnded, PersonNeeded
from commonweal.people.schema_organisations import Organisation

from . import actions_expenses as actions
from . import queries, queries_expenses, rules, rules_hours, tables_expenses
from . import rules_expenses as expenses
from .schema_signups import OF_SIGN_UP, SignUp

ExpenseState = graphene.Enum.from_enum(expenses.ExpenseState)


@rows_of(tables_expenses.Expense, standing=queries_expenses.EXPENSE)
class Expense(graphene.ObjectType):
    """What somebody paid to be in a shift: for them, and for who pays it back."""

    class Meta:
        interfaces = (Node,)

    id = Key("exp")
    pence = graphene.Int(required=True)
    what = graphene.String(required=True)
    state = ExpenseState(required=True)
    version = graphene.Int(required=True)
    submitted_at = graphene.DateTime(required=True)
    decided_at = graphene.DateTime()
    reason = graphene.String(description="Why it was declined.")
    paid_at = graphene.DateTime()
    reference = graphene.String(description="The bank's.")
    name = Expression(graphene.String, queries_expenses.name, description="Of who paid it.")
    sign_up = One(SignUp, by="sign_up")
    organisation = One(Organisation, by="organisation", description="That owes it.")


OF_EXPENSE = {"expense_id": Reference(Expense)}
CLAIMED = {"expense": Expense}


class Mutation(graphene.ObjectType):
    claim_expense = Command(
        actions.claim_expense,
        subject="sign_up_id",
        input={
            **OF_SIGN_UP,
            "pence": graphene.Int(required=True),
            "what": graphene.String(required=True),
            "receipt_id": Reference(File, required=False, description="A file of mine."),
        },
        result=CLAIMED,
        refuses=[
            rules_hours.NotThere,
            rules.TextUnfit,
            expenses.PenceUnfit,
            expenses.SpentTooLongAgo,
            expenses.NoReceipt,
        ],
    )
    approve_expense = Command(
        actions.approve_expense,
        subject="expense_id",
        input=OF_EXPENSE,
        result=CLAIMED,
        refuses=[WrongState, PersonNeeded, expenses.OwnExpense],
    )
    decline_expense = Command(
        actions.decline_expense,
        subject="expense_id",
        input={**OF_EXPENSE, "reason": graphene.String(required=True)},
        result=CLAIMED,
        refuses=[WrongState, PersonNeeded, rules.TextUnfit, expenses.OwnExpense],
    )
    withdraw_expense = Command(
        actions.withdraw_expense,
        subject="expense_id",
        input=OF_EXPENSE,
        result=CLAIMED,
        refuses=[WrongState],
    )
    pay_expenses = Command(
        actions.pay_expenses,
        subject="organisation_id",
        input={
            "organisation_id": Reference(Organisation),
            "reference": graphene.String(required=True, description="The bank's."),
        },
        result={"organisation": Organisation, "paid": Tally("paid", "How many.")},
        refuses=[OrganisationEnded, PersonNeeded, rules.TextUnfit, expenses.NothingToPay],
    )


STATE = {"state": graphene.Argument(ExpenseState)}
extends = {
    "Me": {"expenses": Many(Expense, by="person", sort=queries.newest)},
    "Organisation": {
        "expenses": Many(
            Expense,
            by="organisation",
            where=queries.by_state,
            sort=queries.in_line,
            description="For who pays them.",
            **STATE,
        )
    },
}
