"""Questions about a case, their answers, and its documents, in the API."""

import graphene

from commonweal.files.schema import File
from commonweal.graph.declare import Key, Many, One, rows_of
from commonweal.graph.mutation import Command, Reference

from . import actions_questions as actions
from . import queries_interests as queries
from . import rules_questions as rules
from . import tables
from .rules_texts import TextLength
from .schema import Case


@rows_of(tables.CaseQuestion, standing=queries.QUESTION)
class CaseQuestion(graphene.ObjectType):
    """A question and its answer, for all; unanswered, for who asked and the council's officers."""

    id = Key("que")
    text = graphene.String(required=True)
    asked_at = graphene.DateTime(required=True)
    answer = graphene.String()
    answered_at = graphene.DateTime()
    case = One(Case, by="case")


@rows_of(tables.CaseDocument)
class CaseDocument(graphene.ObjectType):
    """A plan, a survey, an advert: for all."""

    id = Key("doc")
    title = graphene.String(required=True)
    published_at = graphene.DateTime(required=True)
    file = One(File, by="file_id")


class Mutation(graphene.ObjectType):
    ask_question = Command(
        actions.ask_question,
        input={"case_id": Reference(Case), "text": graphene.String(required=True)},
        result={"question": CaseQuestion},
        refuses=[TextLength, rules.QuestionsClosed, rules.TooManyQuestions],
    )
    answer_question = Command(
        actions.answer_question,
        subject="question_id",
        input={
            "question_id": Reference(CaseQuestion),
            "answer": graphene.String(required=True),
        },
        result={"question": CaseQuestion},
        refuses=[TextLength, rules.QuestionAnswered],
    )
    publish_document = Command(
        actions.publish_document,
        subject="case_id",
        input={
            "case_id": Reference(Case),
            "file_id": Reference(File),
            "title": graphene.String(required=True),
        },
        result={"document": CaseDocument, "case": Case},
        refuses=[
            TextLength,
            rules.NotYourFile,
            rules.DocumentPublished,
            rules.TooManyDocuments,
        ],
    )


extends = {
    "Case": {
        "questions": Many(CaseQuestion, by="case", description="With their answers."),
        "documents": Many(CaseDocument, by="case"),
    }
}
