"""What kind of thing an asset is, and whether it is land at all.

Registers call hundreds of kinds by thousands of names; a category is for browsing, so a coarse
one that is right beats a fine one that is not. By the holding type; by the name only where the
holding type says nothing of use. "Art" and "Civic Regalia" are no land, an "Art Gallery" and
"Street Furniture" are: only a text made of nothing but such words is a chattel.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from commonweal.assets.registers.wording import land_only, plain, says_nothing
from commonweal.assets.rules import AssetCategory, Tenure

LONGEST_KIND: Final = 60  # characters; what is longer describes


def _begins(*words: str) -> re.Pattern[str]:
    """Any of these at the beginning of a word; Welsh beside English, and the usual typos."""
    return re.compile(rf"\b(?:{'|'.join(words)})")


# The more telling kinds first: of a name, the first that it holds is taken.
_KINDS: Final = {
    AssetCategory.ALLOTMENT: _begins(r"all?ot+[ie]?ment", r"rhandir"),
    AssetCategory.CEMETERY: _begins(
        r"cem[ei]t[ea]r", r"crem[ae]?r?t", r"burial", r"(church|grave) ?yards?", r"mynwent"
    ),
    AssetCategory.PUBLIC_TOILET: _begins(
        r"toilets?", r"public con", r"conv[a-z]{2,4}ni?e?n?[ct]", r"w\.?c\.?s?\b", r"lavator",
        r"changing places", r"toiledau",
    ),
    AssetCategory.CAR_PARK: _begins(
        r"(car|lorry|coach|cycle|vehicle) ?park", r"park(ing)? (and|&) ride", r"parking",
        r"multi[- ]?stor", r"ma?e(s|ysydd) parcio",
    ),
    AssetCategory.PLAYGROUND: _begins(
        r"(childrens )?play ?(ground|area|space|park|equipment)", r"skate ?park", r"mugas?\b"
    ),
    AssetCategory.SPORT: _begins(
        r"sports?", r"leisure", r"swimming", r"pavil+ion", r"recreation", r"playing ?field",
        r"pitch(es)?\b", r"stadium", r"bowl(s|ing)\b", r"tennis", r"football", r"cricket", r"rugby",
        r"golf", r"gym", r"lidos?\b", r"athletic", r"chwaraeon", r"hamdden",
    ),
    AssetCategory.COMMERCIAL: _begins(
        r"business (park|centre|unit|estate)", r"retail", r"shops?\b", r"markets?\b", r"commerc",
        r"investment", r"caf[eé]", r"restaurant", r"public houses?", r"kiosk", r"hotel", r"caravan",
        r"garden cent", r"holiday park", r"takeaway", r"masnachol",
    ),
    AssetCategory.INDUSTRIAL: _begins(
        r"industr", r"factor(y|ies)", r"enterprise", r"workshop", r"science park", r"warehous",
        r"starter unit", r"diwydiannol",
    ),
    AssetCategory.OPEN_SPACE: _begins(
        r"community (land|woodland|orchard|garden)", r"(public )?open ?space", r"amenity",
        r"green ?space", r"commons?\b", r"wood(land)?s?\b", r"nature", r"verges?\b", r"landscap",
        r"village greens?", r"meadow", r"heath", r"beach", r"foreshore", r"m[ae]nn?au? agored",
    ),
    AssetCategory.SOCIAL_CARE: _begins(
        r"day cent", r"care home", r"childrens? home", r"social (care|services)", r"health",
        r"residential (care|home)", r"homes? for", r"respite", r"supported living", r"clinic",
        r"surger",
    ),
    AssetCategory.EDUCATION: _begins(
        r"schools?\b", r"academ", r"colleges?\b", r"education", r"pre-?school", r"day nurser",
        r"nursery school", r"play ?group", r"ysgol", r"addysg",
    ),
    AssetCategory.OFFICE: _begins(
        r"(council )?offices?\b", r"civic cent", r"(town|city|county|shire) hall", r"guildhall",
        r"swyddfa",
    ),
    AssetCategory.COMMUNITY_BUILDING: _begins(
        r"community", r"(village|parish|church|memorial) hall", r"youth", r"scout", r"girl guide",
        r"(family|childrens?) cent", r"social club", r"voluntary", r"cadets?\b", r"halls?\b",
        r"cymunedol", r"neuadd",
    ),
    AssetCategory.CULTURAL: _begins(
        r"cultur", r"museum", r"librar", r"theatre", r"galler(y|ies)", r"arts? (cent|gall)",
        r"heritage", r"cinema", r"monument", r"memorials?\b(?! (garden|park|field|ground|playing))",
        r"statue", r"castle", r"historic", r"amgueddf", r"llyfrgell",
    ),
    AssetCategory.DEPOT: _begins(
        r"depots?\b", r"stores?\b", r"storage", r"recycling", r"waste", r"civic amenity",
        r"works yard", r"transfer station", r"vehicle (depot|workshop)",
    ),
    AssetCategory.HOUSING: _begins(
        r"housing", r"dwelling", r"residential", r"flats?\b", r"bungalow", r"hostel", r"homeless",
        r"cottages?\b", r"caretaker", r"garages?\b", r"gypsy", r"traveller", r"maisonette",
        r"(council )?houses?$", r"tai\b",
    ),
    AssetCategory.FARMLAND: _begins(
        r"farm", r"agricult", r"grazing", r"small ?holding", r"pasture", r"paddock", r"fferm",
    ),
    AssetCategory.PARK: _begins(
        r"parks?\b", r"parc\b", r"gardens?\b", r"country park", r"arboret", r"parciau"
    ),
    AssetCategory.HIGHWAY: _begins(
        r"highway", r"roads?\b", r"bridges?\b", r"foot ?(path|way|bridge)", r"subway", r"street",
        r"bus (station|shelter|stop|stand)", r"bridleway", r"cycle ?(way|path|track)", r"alley",
        r"pavement", r"lay-?bys?\b", r"underpass", r"priffyrdd",
    ),
}  # fmt: skip
_LAND = re.compile(r"\b(land|sites?|plots?|fields?|tir|strip|ground)\b")
# A holding type of only these words says nothing of use, so the name may speak.
_NO_USE = re.compile(
    r"\b(land|lands|buildings?|bldgs?|and|or|only|with|permanent|a|the|site|structure|property"
    r"|properties|assets?|declared|surplus|to|requirements|premises|l|b|tir|ac"
    r"|adeilad)\b|\W|\d"
)
_STREETS = re.compile(
    r"\b[\w-]+( (road|street|lane|drive|avenue|close|crescent|terrace|place|way|row|mews|rise|hill"
    r"|parade|gate|grove|rd|st|ave|square|view|walk|wharf|quay|approach|heol|ffordd|stryd))+\b"
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A text made of nothing but these words, one of them a head, is a thing and not land.
_HEADS: Final = _words(
    "art artwork artworks painting paintings sculptures regalia chain chains mace maces silverware "
    "silver insignia robes antique antiques artefact artefacts artifacts chattel chattels vehicle "
    "vehicles machinery equipment furniture memorabilia exhibits software computers fleet objects "
    "intangible intangibles tractor mower mowers lawnmower strimmer laptop laptops "
    "printer minibus van vans jewellery trophies collection "
    "collections"
)
_COMPANIONS: Final = _words(
    "and & of the a for other civic mayor mayors mayoral mayoress council councils public fine "
    "work works object museum items item plant it ict office gold gifts treasures movable moveable "
    "assets asset fixtures fittings motor loose transport ceremonial badge badges deputy chairman "
    "chairmans heritage"
)


def category_of(holding_type: str, name: str = "") -> AssetCategory:
    """By the holding type; by the name where the holding type says nothing of use."""
    if says_no_use(holding_type):
        return _category_called(name, holding_type)
    return _category_used(holding_type)


@lru_cache(maxsize=4_096)
def _category_used(holding_type: str) -> AssetCategory:
    wording = plain(holding_type)
    # "Open Space Land and Allotments": the first kind is the main one
    found = [
        (match.start(), place, kind)
        for place, (kind, pattern) in enumerate(_KINDS.items())
        if (match := pattern.search(wording))
    ]
    if found:
        return min(found)[2]
    return AssetCategory.LAND if _LAND.search(wording) else AssetCategory.OTHER


@lru_cache(maxsize=4_096)
def _category_called(name: str, holding_type: str) -> AssetCategory:
    """The rarest kind, wherever it stands: "Long Meadow Allotments", "Pavilion, Jubilee Park".

    A street's name does not count: "12 Park Road" is no park.
    """
    wording = "" if says_nothing(holding_type) else plain(holding_type)
    called = _STREETS.sub(" ", plain(name))
    kinds = (kind for kind, pattern in _KINDS.items() if pattern.search(called))
    bare_land = _LAND.search(called) or ("land" in wording and "build" not in wording)
    return next(kinds, AssetCategory.LAND if bare_land else AssetCategory.OTHER)


@lru_cache(maxsize=4_096)
def says_no_use(holding_type: str) -> bool:
    """Blank, or "Land and Buildings", "Other land": what it is for must be read elsewhere."""
    return says_nothing(holding_type) or not _NO_USE.sub("", plain(holding_type))


@lru_cache(maxsize=4_096)
def _is_a_thing(text: str) -> bool:
    said = re.findall(r"[\w&]+", plain(text))
    return any(word in _HEADS for word in said) and all(
        word in _HEADS or word in _COMPANIONS for word in said
    )


def is_a_kind(text: str) -> bool:
    """A few words that say what kind of thing something is: "Land", "Car Parks", "Art"."""
    if len(text) > LONGEST_KIND or says_nothing(text):
        return False
    known = category_of(text) is not AssetCategory.OTHER or land_only(text) is not None
    return known or _is_a_thing(text)


def not_land_reason(
    tenure: Tenure,
    tenure_text: str,
    holding_type: str,
    name: str,
    kinds: Iterable[tuple[str, str]] = (),
) -> str | None:
    """Why this is no land or building, or None. Pass `name` only where nothing places the thing.

    `kinds` are the row's cells, with their columns' names, that may say what kind it is.
    """
    if tenure is Tenure.NOT_LAND:
        return f"its tenure is {tenure_text}"
    if _is_a_thing(holding_type):
        return f"its holding type is {holding_type}"
    if says_nothing(holding_type) and _is_a_thing(name):
        return f"it is called {name}"
    for header, cell in kinds:
        if _is_a_thing(cell):
            return f"{header} says {cell}"
    return None
