-- What PostGraphile is at its best with: tables of its own with the same rows, the projected point
-- and a number for the kind stored and indexed together, an inlinable function, so that LIMIT
-- reaches the index, and distance and GeoJSON as computed columns.
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE SCHEMA peer;
SET search_path = peer, public;

CREATE TABLE area AS SELECT id, name FROM public.area;
ALTER TABLE area ADD PRIMARY KEY (id);

CREATE FUNCTION kind_code(kind text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE kind WHEN 'ASSET' THEN 1 WHEN 'OPPORTUNITY' THEN 2 WHEN 'SHOP' THEN 3
        WHEN 'OFFER' THEN 4 END::smallint
$$;
COMMENT ON FUNCTION kind_code IS E'@omit';
CREATE TABLE listing AS
    SELECT id, kind, peer.kind_code(kind) AS kind_code, title, summary, state, closes_at, council_id,
        location::geography(Point, 4326) AS location,
        st_transform(location, 32630)::geometry(Point, 32630) AS plane
    FROM public.listing;
ALTER TABLE listing ADD PRIMARY KEY (id), ADD FOREIGN KEY (council_id) REFERENCES area (id);
CREATE INDEX ON listing (council_id);
CREATE INDEX ON listing USING gist (kind_code, plane) WHERE state = 'open';

CREATE FUNCTION listings_near(lat float8, lon float8, radius float8, kind text)
RETURNS SETOF listing LANGUAGE sql STABLE PARALLEL SAFE ROWS 20 AS $$
    SELECT l.* FROM peer.listing l
    WHERE l.kind_code = peer.kind_code(listings_near.kind) AND l.state = 'open'
        AND (l.closes_at IS NULL OR l.closes_at > now())
        AND ST_DWithin(l.plane, ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), 32630),
            radius)
    ORDER BY l.plane <-> ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), 32630)
$$;
CREATE FUNCTION listing_distance(l listing, lat float8, lon float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ST_Distance(l.location, ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography)
$$;
CREATE FUNCTION listing_location_geojson(l listing)
RETURNS json LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ST_AsGeoJSON(l.location)::json
$$;
ANALYZE area;
ANALYZE listing;
