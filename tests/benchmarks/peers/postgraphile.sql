-- What PostGraphile is at its best with: an inlinable function, so that LIMIT reaches the index,
-- which serves every kind by one prepared statement; distance and GeoJSON as computed columns.
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE INDEX peer_nearest ON listing USING gist (kind, st_transform(location, 32630))
    WHERE state = 'open';
CREATE FUNCTION listings_near(lat float8, lon float8, radius float8, kind text)
RETURNS SETOF listing LANGUAGE sql STABLE PARALLEL SAFE ROWS 20 AS $$
    SELECT l.* FROM listing l
    WHERE l.kind = listings_near.kind AND l.state = 'open'
        AND (l.closes_at IS NULL OR l.closes_at > now())
        AND ST_DWithin(st_transform(l.location, 32630),
            ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), 32630), radius)
    ORDER BY st_transform(l.location, 32630)
        <-> ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), 32630)
$$;
CREATE FUNCTION listing_distance(l listing, lat float8, lon float8)
RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ST_Distance(l.location::geography, ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography)
$$;
CREATE FUNCTION listing_location_geojson(l listing)
RETURNS json LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ST_AsGeoJSON(l.location)::json
$$;
