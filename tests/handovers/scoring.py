"""Matrices and scores to try the rules of assessment with."""

from collections.abc import Mapping

from hypothesis import strategies as st

from commonweal.handovers.rules_assessment import Criterion, LastResort, Matrix, Panel, Scale, Score

ANN, BOB, CAT = 11, 12, 13  # scorers
HALL, BARN, CLUB = 1, 2, 3  # bids, in the order in which they came


def matrix(*weights: int, least: int = 1, ties: tuple[str, ...] = ()) -> Matrix:
    """Criteria a, b, c … of these weights, from 1 to 5 points."""
    criteria = (Criterion("abcdef"[i], w, Scale.ONE_TO_FIVE, least) for i, w in enumerate(weights))
    return Matrix(tuple(criteria), ties)


def scores(of: Mapping[int, Mapping[int, str]]) -> list[Score]:
    """{scorer: {bid: "35"}}: 3 points for a and 5 for b."""
    given = [
        (scorer, bid, "abcdef"[index], int(points))
        for scorer, bids in of.items()
        for bid, row in bids.items()
        for index, points in enumerate(row)
    ]
    return [
        Score(number, bid, criterion, scorer, points, "for a reason")
        for number, (scorer, bid, criterion, points) in enumerate(given)
    ]


@st.composite
def assessments(draw: st.DrawFn) -> tuple[list[Score], Matrix, Panel]:
    """Two to four criteria, bids and scorers, fully scored."""
    count = draw(st.integers(2, 4))
    cuts = st.lists(st.integers(1, 9_999), min_size=count - 1, max_size=count - 1, unique=True)
    edges = [0, *sorted(draw(cuts)), 10_000]
    criteria = tuple(
        Criterion("abcdef"[i], edges[i + 1] - edges[i], scale, scale.span[0])
        for i, scale in enumerate(draw(st.lists(st.sampled_from(Scale), min_size=4))[:count])
    )
    ties = draw(st.sets(st.sampled_from([each.name for each in criteria])))
    made = Matrix(criteria, tuple(sorted(ties)), draw(st.sampled_from(LastResort)))
    panel = Panel(
        frozenset(range(10, 10 + draw(st.integers(1, 4)))),
        tuple(draw(st.permutations(range(draw(st.integers(1, 4)))))),
    )
    rows = [
        (bid, each, scorer) for scorer in panel.scorers for bid in panel.bids for each in criteria
    ]
    given = [
        Score(number, bid, each.name, scorer, draw(st.integers(*each.scale.span)), "because")
        for number, (bid, each, scorer) in enumerate(rows)
    ]
    return given, made, panel
