"""Where things are: areas with the days on which they were valid, a gazetteer, coordinates, shapes.

An area (council, ward, parish) is never changed when its border is: it ends, and another begins,
so that "which ward was this in on the day of the decision" has an answer. A place is an entry of
the gazetteer, by which people say where they mean. Start at `rules.py`; `spatial.py` is the SQL
for near, within and inside on both engines; `coordinates.py` reads what people write.
Only this room and the store import shapely, pyproj and geoalchemy2.
"""
