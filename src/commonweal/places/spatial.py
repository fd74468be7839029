"""Spatial conditions and measures as SQL expressions, the same answer on both engines.

On PostGIS the planner finds the GiST index by itself. On SQLite a condition first asks the
column's R*Tree for boxes that may fit, then the exact function. Points are WGS84; distances are
metres on the ellipsoid, ranked by whole millimetres and then by id, so that no two engines and
no two runs order alike places differently.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from commonweal.graph.sql import parts
from commonweal.store.operations import rtree


def point_at(longitude: Any, latitude: Any) -> Any:
    return sa.func.ST_SetSRID(sa.func.ST_MakePoint(longitude, latitude), sa.literal_column("4326"))


def shape_of(ewkt: Any) -> Any:
    """A shape that a request gave, from its text."""
    return sa.func.ST_GeomFromEWKT(ewkt)


def longitude(column: Any) -> Any:
    return sa.func.ST_X(column, type_=sa.Float())


def latitude(column: Any) -> Any:
    return sa.func.ST_Y(column, type_=sa.Float())


def geojson(column: Any) -> Any:
    """The shape as GeoJSON text, to nine decimals: a tenth of a millimetre."""
    return sa.func.ST_AsGeoJSON(column, type_=sa.Text())


class millimetres(FunctionElement[Any]):  # noqa: N801  # reads as SQL does
    """Whole millimetres on the ellipsoid from a column to a point: what nearest goes by."""

    inherit_cache = True
    type = sa.BigInteger()


class _Condition(FunctionElement[Any]):
    """True or false of a row; the column comes first."""

    inherit_cache = True
    type = sa.Boolean()

    def self_group(self, *_: Any, **__: Any) -> Any:  # else SQLite is given `(...) = 1`
        return self


class nearness(FunctionElement[Any]):  # noqa: N801
    """Metres on the sphere from a column to a point, in whose order PostGIS walks an index."""

    inherit_cache = True
    type = sa.Float()


class within(_Condition):  # noqa: N801
    """True of rows whose column lies within so many metres of a point: (column, key, point, m, n).

    Of the two distances PostGIS goes by the first; SQLite by the second, which a walk's steps may
    have made less (queries.py's `reach`).
    """

    inherit_cache = True


class inside(_Condition):  # noqa: N801
    """True of rows whose point a shape covers, its border among it: (column, key, shape)."""

    inherit_cache = True


class covers(_Condition):  # noqa: N801
    """True of rows whose shape covers a point, on its border too: (shape column, key, point)."""

    inherit_cache = True


def metres(column: Any, point: Any) -> Any:
    return in_metres(millimetres(column, point))


def in_metres(distance_millimetres: Any) -> Any:
    return sa.cast(distance_millimetres, sa.Float()) / 1000


def _tree(element: Any) -> str:
    column = next(iter(element.clauses))
    table = getattr(column.table, "element", column.table)
    return rtree(table.name, column.name)


@compiles(millimetres, "postgresql")
def _(element: Any, compiler: Any, **how: Any) -> str:
    column, point = parts(element, compiler, how)
    # not round(), which takes halves to the even number here and away from zero there
    return f"floor(ST_Distance({column}::geography, {point}::geography) * 1000 + 0.5)::bigint"


@compiles(millimetres, "sqlite")
def _(element: Any, compiler: Any, **how: Any) -> str:
    column, point = parts(element, compiler, how)
    return f"CAST(ST_Distance({column}, {point}, 1) * 1000 + 0.5 AS INTEGER)"


@compiles(nearness, "postgresql")
def _(element: Any, compiler: Any, **how: Any) -> str:
    column, point = parts(element, compiler, how)
    return f"{column}::geography <-> {point}::geography"


@compiles(within, "postgresql")
def _(element: Any, compiler: Any, **how: Any) -> str:
    column, _key, point, most = parts(element, compiler, how, without=4)
    return f"ST_DWithin({column}::geography, {point}::geography, {most})"


@compiles(within, "sqlite")
def _(element: Any, compiler: Any, **how: Any) -> str:
    column, key, point, most = parts(element, compiler, how, without=3)
    boxes = [[f"circle_bound({point}, {most}, {4 * b + i})" for i in range(4)] for b in (0, 1)]
    found = " UNION ALL ".join(
        f"SELECT id FROM {_tree(element)} "
        f"WHERE max_x >= {w} AND max_y >= {s} AND min_x <= {e} AND min_y <= {n}"
        for w, s, e, n in boxes
    )
    return f"({key} IN ({found}) AND ST_DWithin({column}, {point}, {most}, 1))"


@compiles(inside, "postgresql")
def _(element: Any, compiler: Any, **how: Any) -> str:
    column, _key, shape = parts(element, compiler, how)
    return f"ST_Covers({shape}, {column})"


@compiles(inside, "sqlite")
def _(element: Any, compiler: Any, **how: Any) -> str:
    column, key, shape = parts(element, compiler, how)
    found = (
        f"SELECT id FROM {_tree(element)} WHERE max_x >= ST_XMin({shape}) "
        f"AND max_y >= ST_YMin({shape}) AND min_x <= ST_XMax({shape}) AND min_y <= ST_YMax({shape})"
    )
    return f"({key} IN ({found}) AND ST_Covers({shape}, {column}))"


@compiles(covers, "postgresql")
def _(element: Any, compiler: Any, **how: Any) -> str:
    shape, _key, point = parts(element, compiler, how)
    return f"ST_Covers({shape}, {point})"


@compiles(covers, "sqlite")
def _(element: Any, compiler: Any, **how: Any) -> str:
    shape, key, point = parts(element, compiler, how)
    found = (
        f"SELECT id FROM {_tree(element)} WHERE min_x <= ST_X({point}) "
        f"AND max_x >= ST_X({point}) AND min_y <= ST_Y({point}) AND max_y >= ST_Y({point})"
    )
    return f"({key} IN ({found}) AND ST_Covers({shape}, {point}))"
