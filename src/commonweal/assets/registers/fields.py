"""The facts of an asset that a register can give, and the column names councils give them by.

The Local Government Transparency Code 2015 names the facts; no two councils spell them alike.
Spellings are compared without case, blanks and punctuation, so "PostCode", "post_code" and
"Post Code" are one; the likeliest come first. What is not here can be mapped by hand
(`Mapping.parse`); an unmapped column is kept as published. Before this: spelling.py;
next: mapping.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from typing import Final

from commonweal.assets.registers.spelling import (
    CONNECTIVES,
    either_way,
    forms,
    key,
    keys,
    listed,
    paired,
    without,
    without_hints,
    words,
)

CONTAINED: Final = 60  # a known spelling among other words
MISSPELT: Final = 58  # nearly a known spelling
LIKENESS_LEAST: Final = 0.86  # of a misspelling; "tenrue" is 0.83, "postocde" 0.88
LONGEST_HEADER: Final = 160  # the Code's own wording of a column, with its choices, is 140


@dataclass(frozen=True)
class Field:
    """One fact. `joined`: several columns may feed it, and their texts are joined in order.

    `ticks` are columns named after one of the fact's values, "Freehold" beside "Leasehold", each
    ticked or filled where it applies; those may always feed it together.
    """

    spellings: tuple[str, ...]
    joined: bool = False
    ticks: frozenset[str] = frozenset()

    def takes(self, headers: Sequence[str]) -> bool:
        """Whether these columns may feed the fact together."""
        return self.joined or len(headers) < 2 or all(map(self.is_ticked_in, headers))

    def is_ticked_in(self, header: str) -> bool:
        """Whether a column is named after one of the values: "Vacant", "Is it vacant? (Y/N)"."""
        bare = without_hints(header)
        return key(bare) in self.ticks or without(bare, CONNECTIVES) in self.ticks


def _field(spellings: str, *, joined: bool = False, ticks: str = "") -> Field:
    named = frozenset(without(tick, CONNECTIVES) for tick in listed(ticks)) | keys(ticks)
    return Field(listed(spellings + f", {ticks}" * bool(ticks)), joined, named - {""})


_DEGREES = "wgs, wgs84, wgs 84, 4326, gps"
_METRES = "bng, osgb, osgb36, osgb 36, os, 27700"
_OCCUPIED = (
    "vacant, occupied by local authority, occupied by council, occupied by la, occupied by"
    " authority, council occupied, ground leasehold, ground lease, ground leased, sub leasehold,"
    "sub lease, sub leased, sub let, licence, license, licensed, let"
)
# The Code's two lists, each choice a column to tick: "Freehold: vacant".
_OCCUPIED_TENURES = paired(
    "freehold, leasehold, freehold assets, leasehold assets",
    _OCCUPIED + ", leasehold, lease, leased, leased out, occupied, void",
)

FIELDS: Final[dict[str, Field]] = {
    "reference": _field(
        "unique asset identity, unique asset id, unique asset identifier, unique asset number,"
        "unique asset reference, unique asset code, asset id, asset code, asset number, asset no,"
        "asset ref, asset reference, asset reference number, asset identifier, asset identity,"
        "asset key, asset register reference, local authority asset id, property ref,"
        "property reference, property id, property no,"
        "property code, property reference number, property ref no, prop ref, prop id,"
        "property number, site ref, site reference, site id, site code, land ref, terrier ref,"
        "terrier reference, terrier number, terrier no, psrn, premises id, premises ref,"
        "building ref, building id, building code, location code, estate ref, ref, reference,"
        "ref no, reference no, reference number, local reference, internal reference,"
        "council reference, file ref, deed packet number, unique id, unique identifier,"
        "unique reference, unique reference number, unique identity, record id, id, code, number,"
        "cyfeirnod yr ased, rhif yr ased, cyfeirnod"
    ),
    "uprn": _field(
        "uprn, unique property reference number, unique property reference no,"
        "unique property reference, unique property ref, unique property ref no, uprn number,"
        "uprn no, nlpg uprn, llpg uprn, osg uprn, national uprn, gazetteer uprn, nlpg,"
        "nlpg reference, nlpg ref, llpg reference, llpg ref, parent uprn,"
        "cyfeirnod eiddo unigryw"
    ),
    "name": _field(
        "name of building land, name of building or land, name of building land or both,"
        "name of building, name of land,"
        "name of asset, name of property, name of site, building land name, land building name,"
        "property name, asset name, site name, building name, premises name, land name,"
        "building or land name, name, facility name, location name, establishment name,"
        "business name, trading name, common name, asset title, property title, known as, title,"
        "premises, establishment, property, asset, building, site, paon, enw,"
        "enw r eiddo, enw r ased",
        joined=True,
    ),
    "street_number": _field(
        "street number, street numbers, street number or numbers, street no, house number,"
        "house no, building number, building no, number or numbers, paon, street numbers s,"
        "number in street, address no, address number, numbers, no, number, rhif"
    ),
    "street": _field(
        "street name, street, road name, road, thoroughfare, street descriptor,"
        "street description, name of street, stryd",
        joined=True,
    ),
    "locality": _field(
        "locality, village, suburb, dependent locality, locality name, settlement, parish,"
        "neighbourhood, district, area name, area, ardal"
    ),
    "post_town": _field(
        "post town, town, postal town, post town name, town name, city, town city, town or city,"
        "city town, town village, tref, tref bost"
    ),
    "postcode": _field(
        "postcode, uk postcode, postal code, post codes, pcode, zip, zip code, cod post"
    ),
    "address": _field(
        "address, full address, site address, property address, asset address, postal address,"
        "address text, address line, street address, location address, concatenated address,"
        "single line address, address of property, premises address, building address,"
        "land address, llpg address, nlpg address, address 1, address 2, address 3, address 4,"
        "address 5, address line 1, address line 2, address line 3, address line 4,"
        "address line 5, address line 6, addr 1, addr 2, addr 3, addr 4, add 1, add 2, add 3,"
        "saon, location, location description, location of asset, location of property,"
        "site location, cyfeiriad",
        joined=True,
    ),
    "easting": _field(
        "easting, eastings, os easting, os eastings, grid easting, easting x, x easting,"
        "bng easting, osgb easting, map reference easting, map ref easting, geo easting,"
        "easting coordinate, coordinate easting, east, dwyreiniad,"
        + either_way("x, easting, eastings, x coord, x coordinate", _METRES)
    ),
    "northing": _field(
        "northing, northings, os northing, os northings, grid northing, northing y, y northing,"
        "bng northing, osgb northing, map reference northing, map ref northing, geo northing,"
        "northing coordinate, coordinate northing, north, gogleddiad,"
        + either_way("y, northing, northings, y coord, y coordinate", _METRES)
    ),
    "longitude": _field(
        "longitude, long, lon, lng, decimal longitude, geo long, geo point long, hydred,"
        + either_way("x, longitude, long, lon, lng, x coord, x coordinate", _DEGREES)
    ),
    "latitude": _field(
        "latitude, lat, decimal latitude, geo lat, geo point lat, lledred,"
        + either_way("y, latitude, lat, y coord, y coordinate", _DEGREES)
    ),
    "x": _field(
        "geo x, x coordinate, x co ordinate, x coord, x co ord, x cord, x, coord x, point x,"
        "coordinate x, co ordinate x, centroid x, x centroid, map x, x co ordinates,"
        "x coordinates, xco"
    ),
    "y": _field(
        "geo y, y coordinate, y co ordinate, y coord, y co ord, y cord, y, coord y, point y,"
        "coordinate y, co ordinate y, centroid y, y centroid, map y, y co ordinates,"
        "y coordinates, yco"
    ),
    "map_reference": _field(
        "map reference, map ref, os map reference, os map ref, grid reference, grid ref,"
        "os grid reference, os grid ref, ordnance survey map reference, os reference, os ref,"
        "ordnance survey reference, ordnance survey grid reference, national grid reference,"
        "ngr, osgr, map reference no, grid coordinates, coordinates, co ordinates,"
        "grid reference number, iso 6709, map reference os or iso 6709, easting northing,"
        "eastings northings, eastings and northings, easting and northing, lat long, lat lon,"
        "latitude longitude, geo point, geo point 2d, geopoint, geolocation, location point,"
        "point, wkt, geom, the geom, geometry, x y, xy coordinates, cyfeirnod map"
    ),
    "tenure": _field(
        "tenure, tenure type, type of tenure, freehold leasehold, freehold or leasehold,"
        "freehold lease, freehold or lease, leasehold freehold, property tenure, asset tenure,"
        "land tenure, tenure held, tenure status, council tenure, fh lh, ownership type,"
        "ownership, ownership status, type of ownership, council interest, legal interest,"
        "interest type, type of interest, nature of interest, property interest, interest,"
        "deiliadaeth",
        ticks="freehold, leasehold, lease, rhydd ddaliad, prydles",
    ),
    "tenure_detail": _field(
        "tenure detail, tenure details, tenure category, tenure sub type, tenure subtype,"
        "tenure description, tenure information, freehold or leasehold detail,"
        "freehold leasehold details, freehold details, freehold detail, leasehold details,"
        "leasehold detail, freehold type, occupancy status,"
        "occupation status, occupancy type, occupation type, occupation, occupancy, occupied by,"
        "occupied or let, let status, letting status, status of occupation, occupancy details,"
        "freehold assets, leasehold assets, other assets",
        joined=True,
        ticks=f"{_OCCUPIED}, gwag, {_OCCUPIED_TENURES}",
    ),
    "holding_type": _field(
        "holding type, type of holding, asset type, type of asset, property type, type of property,"
        "asset category, property category, asset class, asset classification, asset group,"
        "land use, property use, asset use, current use, use, usage, present use, main use,"
        "primary use, use of property, use of asset, category, purpose, purpose of asset,"
        "asset purpose, asset sub type, property sub type, building type, site type,"
        "facility type, premises type, type, classification, class, sub category, portfolio,"
        "holding, holding category, holding class, category of holding, class of holding, kind,"
        "kind of asset, kind of holding, kind of property, category of asset, type of building,"
        "type of land, item type, type of item,"
        "estate type, sub type, sh classification, use class, function, math o eiddo, math,"
        "math o ased, math yr ased, math o ddaliad, categori, defnydd, defnydd cyfredol, diben,"
        "pwrpas"
    ),
    "land_only": _field(
        "land only or land with permanent building, land only land with permanent building,"
        "land only or permanent building, land only, land or building, land or buildings,"
        "land building, land and building, land or land with building, building or land,"
        "land with permanent building, land with a permanent building, permanent building,"
        "building on land, building on site, land building indicator, land or land and building,"
        "asset land or building, land building or both, land and or building,"
        "land only permanent building"
    ),
    "area_hectares": _field(
        "area hectares, area in hectares, area ha, site area ha, site area hectares, hectares,"
        "size hectares, size ha, land area ha, land area hectares, hectarage, ha, area ha s,"
        "site area acres, area acres, acres, acreage, size acres, site area, land area,"
        "plot area, plot size, site size, size, total area, size of asset, extent, area"
    ),
    "area_square_metres": _field(
        "area square metres, area sqm, area sq m, area m2, area in square metres, site area sqm,"
        "site area m2, site area square metres, square metres, sqm, sq m, m2, size sqm, size m2,"
        "floor area sqm, floor area m2, gross internal area, gia, gia m2, gia sqm, gifa,"
        "gross internal area m2, floor area, net internal area, nia, gross floor area,"
        "internal area, shape area"
    ),
    "ward": _field(
        "ward, ward name, electoral ward, council ward, wards, ward s, electoral division,"
        "division, ward description, ward or division"
    ),
    "description": _field(
        "description, asset description, property description, site description,"
        "description of asset, description of property, building description, details,"
        "asset details, property details, further information, additional information, notes,"
        "comments, comment, remarks, narrative, disgrifiad, nodiadau",
        joined=True,
    ),
    "reason_for_holding": _field(
        "reason for holding, reason for holding asset, reason for holding the asset,"
        "reason held, purpose of holding, purpose for holding, purpose held, why held,"
        "holding purpose, holding reason, reason for ownership, reason for retention,"
        "purpose for which held, statutory purpose"
    ),
    "services": _field(
        "services, services offered, services offered from asset, services provided,"
        "service provided, services delivered, services offered from the asset, service,"
        "service area, service department, occupying service, managing service,"
        "managing department, department, directorate, responsible department",
        joined=True,
    ),
    "transfer_status": _field(
        "transfer status, listed as acv or sought to transfer, acv status, cat status,"
        "community asset transfer status, community transfer, assets of community value,"
        "whether listed as acv and or sought to transfer,"
        "listed as an asset of community value and or being actively sought for transfer",
        joined=True,
        ticks="listed as acv, acv, acv listed, asset of community value, cat,"
        "community asset transfer, sought to transfer, being sought to transfer,"
        "actively being sought to transfer to the community, available for transfer,"
        "available for community asset transfer, listed as asset of community value,"
        "listed as an asset of community value, seeking transfer to community",
    ),
    "running_costs": _field(
        "running costs, building operation revenue costs, building operation costs,"
        "revenue costs, operating costs, operating cost, running cost, annual running costs,"
        "annual running cost, building operation revenue cost, operational costs, revenue cost"
    ),
    "required_maintenance": _field(
        "required maintenance, required maintenance costs, required maintenance cost,"
        "maintenance required, backlog maintenance, maintenance backlog, maintenance cost,"
        "maintenance costs, repair backlog, condition backlog"
    ),
    "functional_suitability": _field(
        "functional suitability, functional suitability rating, suitability rating, suitability,"
        "suitability grade, functional suitability grade"
    ),
    "energy_rating": _field(
        "energy performance rating, energy rating, epc rating, epc, epc band, epc grade,"
        "energy performance, energy performance certificate, dec rating, dec, energy efficiency,"
        "display energy certificate, energy performance certificate rating, energy band"
    ),
    "status": _field(
        "status, asset status, property status, operational status, current status,"
        "site status, disposal status, operational or non operational,"
        "operational non operational, surplus status, statws",
        joined=True,
        ticks="declared surplus, surplus, surplus to requirements, operational, dros ben",
    ),
    "organisation_name": _field(
        "organisation name, organisation, organisation label, local authority, authority name,"
        "local authority name, council, council name, authority, organization,"
        "organization name, publisher, name of council, name of organisation, la name, owner,"
        "body name, cyngor, sefydliad"
    ),
    "organisation_code": _field(
        "organisation code, organisation uri, organisation identifier, organisation id,"
        "organization code, authority code, local authority code, la code, la s code,"
        "council code, ons code, gss code, snac code, snac, la ons code, e code, body code"
    ),
    "reading": _field("commonweal reading"),  # readings.py
}

# The facts that are one figure each, which may have a decimal comma.
FIGURES: Final = frozenset(
    ["easting", "northing", "longitude", "latitude", "x", "y", "area_hectares",
     "area_square_metres"]
)  # fmt: skip
# A column with such a word is about something else, whatever else its name contains.
_STRANGERS: Final = keys(
    "date, dates, expiry, start, end, email, phone, telephone, contact, url, link, photo, image,"
    "value, valuation, rent, rental, year, title, lease, lessee, tenant, owner, landlord, agent,"
    "insurance, usrn"
)
# Words that tell the field wherever they stand; of the others only whole phrases do.
_TELLING: Final = keys(
    "uprn, postcode, easting, eastings, northing, northings, latitude, longitude, tenure, ward,"
    "address, hectares, sqm, epc, acv, description, locality, surplus"
)


@lru_cache(maxsize=4_096)
def scores(header: str) -> dict[str, float]:
    """How well a column name fits each field, 0 to 100; fields that it does not fit are absent.

    A field's own likelier spellings score up to 8 more than its last.
    """
    return _exact_scores(header) or _loose_scores(header)


@lru_cache(maxsize=16_384)
def recognised(cell: str) -> str | None:
    """The field that a cell surely names, or None: for telling a header from a row of data."""
    found = _exact_scores(cell) if 0 < len(cell) <= LONGEST_HEADER else {}
    return max(found, key=lambda name: found[name], default=None)


def _exact_scores(header: str) -> dict[str, float]:
    best: dict[str, float] = {}
    for form, weight in forms(header):
        for field, place in _known().get(form, ()):
            score = weight - 8 * place / len(FIELDS[field].spellings)
            best[field] = max(best.get(field, 0), score)
    return best


@cache
def _known() -> dict[str, list[tuple[str, int]]]:
    """By key: which fields it spells, and how far down their lists."""
    known: dict[str, list[tuple[str, int]]] = {}
    for field, entry in FIELDS.items():
        for place, spelling in enumerate(entry.spellings):
            for form in {spelling.replace(" ", ""), without(spelling, CONNECTIVES)}:
                known.setdefault(form, []).append((field, place))
    return known


def _loose_scores(header: str) -> dict[str, float]:
    """For a name that no list holds: known spellings within it, or that it nearly is."""
    best: dict[str, float] = {}
    if len(header) > LONGEST_HEADER or _STRANGERS & set(words(header)):
        return best
    padded, whole = f" {' '.join(words(header))} ", key(header)
    for spelling, field in _spellings():
        score = 0.0
        telling = " " in spelling or spelling in _TELLING
        if telling and f" {spelling} " in padded:
            score = CONTAINED + 20 * len(spelling) / len(padded)
        elif len(whole) >= 6 and abs(len(whole) - len(spelling)) <= 3 and whole[:1] == spelling[:1]:
            likeness = SequenceMatcher(None, whole, spelling.replace(" ", "")).ratio()
            score = MISSPELT + 10 * likeness if likeness >= LIKENESS_LEAST else 0
        if score > best.get(field, 0):
            best[field] = score
    return best


@cache
def _spellings() -> tuple[tuple[str, str], ...]:
    return tuple((s, field) for field, entry in FIELDS.items() for s in entry.spellings)
