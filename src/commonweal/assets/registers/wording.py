"""What councils' words mean: tenure, occupation, land or building, surplus, yes and no.

Forgiving of typos, abbreviations and no-break spaces, because registers are typed by hand; never
of negations ("not surplus", "non-operational"). A text that says something else is OTHER or None,
never the nearest guess. The words are the Transparency Code's (standards.md 3.1) and those of the
registers seen. Kinds of asset are in categories.py.
"""

import re
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from commonweal.assets.rules import Occupation, Tenure

LIKENESS_LEAST: Final = 0.82  # "Leashold", "Freehlod", "Chatel"; not "household"
LONGEST_WORDING: Final = 2_000  # characters looked at; a wording is a few words, prose is prose


PLAIN_TENURES: Final = frozenset({Tenure.FREEHOLD, Tenure.LEASEHOLD, Tenure.NOT_LAND})

_NOTHING: Final = frozenset(
    [
        "", "n/a", "na", "n.a.", "n.a", "none", "null", "nil", "nan", "-", "--", "---", "?", "??",
        "n/k", "n.k.", "not stated", "not given", "anhysbys",
        ".", "/", "tbc", "tba", "tbd", "unknown", "not known", "not applicable", "not available",
        "not recorded", "not assigned", "no uprn", "no postcode", "blank", "#n/a", "#ref!",
        "#value!", "#name?", "#div/0!", "(blank)", "(null)", "<null>", "none given", "no data",
    ]
)  # fmt: skip
_YES: Final = frozenset(["y", "yes", "true", "1", "x", "✓", "✔", "√", "☑", "tick", "oes", "ie"])
_NO: Final = frozenset(["n", "no", "false", "0", "✗", "✘", "☐", "nac oes", "nage"])

_TENURE_WORDS: Final = {
    "freehold": Tenure.FREEHOLD,
    "freeholder": Tenure.FREEHOLD,
    "freeholds": Tenure.FREEHOLD,
    "fh": Tenure.FREEHOLD,
    "heritable": Tenure.FREEHOLD,
    "feuhold": Tenure.FREEHOLD,
    "rhydd-ddaliad": Tenure.FREEHOLD,
    "rhydd-ddaliadol": Tenure.FREEHOLD,
    "rhyddddaliad": Tenure.FREEHOLD,
    "rhyddfraint": Tenure.FREEHOLD,
    "leasehold": Tenure.LEASEHOLD,
    "leaseholder": Tenure.LEASEHOLD,
    "leaseholds": Tenure.LEASEHOLD,
    "lh": Tenure.LEASEHOLD,
    "prydles": Tenure.LEASEHOLD,
    "prydlesi": Tenure.LEASEHOLD,
    "brydles": Tenure.LEASEHOLD,
    "prydlesol": Tenure.LEASEHOLD,
    "lesddaliad": Tenure.LEASEHOLD,
    "lesddaliadol": Tenure.LEASEHOLD,
    "chattel": Tenure.NOT_LAND,
    "chattels": Tenure.NOT_LAND,
    "moveable": Tenure.NOT_LAND,
    "movable": Tenure.NOT_LAND,
}
_WHOLE_TENURES: Final = {
    "f": Tenure.FREEHOLD,
    "f/h": Tenure.FREEHOLD,
    "f h": Tenure.FREEHOLD,
    "free": Tenure.FREEHOLD,
    "own": Tenure.FREEHOLD,
    "owned": Tenure.FREEHOLD,
    "owner": Tenure.FREEHOLD,
    "council owned": Tenure.FREEHOLD,
    "owned by council": Tenure.FREEHOLD,
    "owned outright": Tenure.FREEHOLD,
    "l": Tenure.LEASEHOLD,
    "l/h": Tenure.LEASEHOLD,
    "l h": Tenure.LEASEHOLD,
    "lease": Tenure.LEASEHOLD,
    "leased": Tenure.LEASEHOLD,
    "leased in": Tenure.LEASEHOLD,
    "lease in": Tenure.LEASEHOLD,
    "long lease": Tenure.LEASEHOLD,
    "long leased": Tenure.LEASEHOLD,
    "head lease": Tenure.LEASEHOLD,
    "headlease": Tenure.LEASEHOLD,
    "rented in": Tenure.LEASEHOLD,
    "rented": Tenure.LEASEHOLD,
}
_FUZZY_TENURES: Final = ("freehold", "leasehold", "chattel", "chattels")

_LET = re.compile(r"\bleased?\b(?!.*\b(out|to|let|tenant)\b)")

# In this order: a sub-lease is also a lease, "unoccupied" also holds "occupied".
_OCCUPATIONS: Final = (
    (r"\b(sub|under)[- ]?(lea?s|let)", Occupation.SUB_LEASEHOLD),
    (r"\bground ?(lea?s|rent)", Occupation.GROUND_LEASEHOLD),
    (r"\bnon?t?[- ]vacant", Occupation.OCCUPIED_BY_COUNCIL),
    (r"\b(vac+[ae]nt|void|empty|disused|gwag)\b|\bun[- ]?oc+upied", Occupation.VACANT),
    (r"\bnot (in use|oc+upied|used)", Occupation.VACANT),
    (r"\boc+upi\w* by (the )?(local|la\b|council|us\b)", Occupation.OCCUPIED_BY_COUNCIL),
    (r"\b(council|owner|authority|la)[- ]oc+up", Occupation.OCCUPIED_BY_COUNCIL),
    (r"\blicen[cs]", Occupation.LICENCE),
    (r"\b(leas|les+ee|lettings?\b|let\b|tenan|rented|prydles|third part)", Occupation.LEASEHOLD),
    (r"\boc+upi\w* by ", Occupation.LEASEHOLD),
    (r"\b(oc+up|owner|in use|meddian)", Occupation.OCCUPIED_BY_COUNCIL),
    (r"^(operational|council( use)?|local authority|la)$", Occupation.OCCUPIED_BY_COUNCIL),
)
_OCCUPATION_PATTERNS: Final = tuple((re.compile(text), kind) for text, kind in _OCCUPATIONS)

_SURPLUS = re.compile(r"\bsurplus\b")
_IN_WELSH = re.compile(r"\bdros ben\b|\bgwarged(ol)?\b")
# In prose the word may be another's, "beside the surplus store": it must be said of this.
_OF_THIS = re.compile(
    r"^surplus(\W*$|\W*[-,.;:(\d]| (to|since|from|in|as|by|asset|land|property|building|site)\b)"
    r"|\b(declared|deemed|identified|classed|considered|now|is)( as)?( being)? surplus\b"
    r"|\bsurplus to (\w+ ){0,2}requirements?\b"
)
_GONE = re.compile(r"\b(sold|disposed|gwerthwyd|wedi(i| ei) werthu)\b")
_NOT_GONE = re.compile(
    r"\b(?:to|be|being|not|never|yet|part|partly|partially|if|until|once|before|will|should|may"
    r"|can)\W+(?:(?:be|been|being|yet|to)\W+){0,2}(?:sold|disposed)\b"
)
_FILLER = r"(?:(?:been|yet|formally|officially|currently|presently|declared|deemed|considered|"
_FILLER += r"identified|classed|regarded|held|as|be|being|to|a|an|property|asset|is|are)\W+){0,5}"
_NOT_SURPLUS = re.compile(
    # said not to be, or to have been, or only perhaps to become
    rf"\b(?:not|non|no|nid|nid yw|ddim|never|no longer|isnt|nor|previously|formerly"
    rf"|potential|potentially|possible"
    rf"|possibly|likely|may|might|could|proposed|pending|future|soon|awaiting|if)\W+{_FILLER}surplus"
    r"|\bnonsurplus\b"
    # the answer to the question
    r"|\bsurplus\b(?:\W+to\W+requirements?)?\W*(?:no|n|false|none)\W*$"
    # a surplus of something else
    r"|\bsurplus\W+(?:food|stock|equipment|goods|furniture|funds?|income|cash|heat)\b"
    r"|\b(?:budget|revenue|operating)\W+surplus\b"
)

_LAND_ALONE = re.compile(
    r"\bland only\b|\bonly land\b|\bno (permanent )?build|\bwithout\b.*\bbuild|^land\.?$|^l$"
)
_BUILDING = re.compile(r"\bbuild|\bbldg?s?\b|\bstructure|\bpremises\b|\badeilad|^l?[/& ]*b$|^both$")
_LAND = re.compile(r"\bland\b|\btir\b|\bopen space\b")


def says_nothing(text: str) -> bool:
    """Blank, or one of the many ways to write that there is nothing to write."""
    return text.strip().casefold() in _NOTHING


def plain(text: str) -> str:
    """For comparing: lower case, single blanks, no apostrophes, straight dashes."""
    folded = text[:LONGEST_WORDING].casefold().replace("\u2019", "'").replace("'", "")
    return " ".join(re.sub(r"[\u2010-\u2015_]", "-", folded).split())


def yes_or_no(text: str) -> bool | None:
    """Yes, no, or neither was said."""
    word = plain(text).strip(" .!")
    return True if word in _YES else False if word in _NO else None


@lru_cache(maxsize=4_096)
def tenure_of(text: str) -> Tenure:
    """The council's interest. Both words at once, and all that is neither, is OTHER."""
    wording = plain(text)
    if says_nothing(wording):
        return Tenure.UNKNOWN
    whole = re.sub(r"[^a-z/ ]+", " ", wording).strip()
    if whole in _WHOLE_TENURES:
        return _WHOLE_TENURES[whole]
    said = {tenure for word in _tenure_tokens(wording) if (tenure := _tenure_word(word))}
    if not said and _LET.search(wording):
        return Tenure.LEASEHOLD
    return said.pop() if len(said) == 1 else Tenure.OTHER


def _tenure_tokens(wording: str) -> list[str]:
    """Words; "free hold" and "f/h" are one."""
    joined = re.sub(r"\b(free|lease) ?-?(?=hold)", r"\1", wording)
    joined = re.sub(r"\brhydd[ -]+(?=ddaliad)", "rhydd-", joined)
    joined = re.sub(r"\b([fl])[/. ]?h\b", r"\1h", joined)
    return re.findall(r"[a-z]+(?:-ddaliad(?:ol)?)?", joined)


def _tenure_word(word: str) -> Tenure | None:
    if word in _TENURE_WORDS:
        return _TENURE_WORDS[word]
    if len(word) >= 6:
        for known in _FUZZY_TENURES:
            if abs(len(word) - len(known)) <= 2 and _alike(word, known):
                return _TENURE_WORDS[known]
    return None


def _alike(word: str, known: str) -> bool:
    return SequenceMatcher(None, word, known).ratio() >= LIKENESS_LEAST


@lru_cache(maxsize=4_096)
def occupation_of(text: str) -> Occupation:
    """Who uses it. Knows "Leashold", "Groundlease", "Council occupied", "Void"."""
    wording = plain(text)
    if says_nothing(wording):
        return Occupation.UNKNOWN
    for pattern, occupation in _OCCUPATION_PATTERNS:
        if pattern.search(wording):
            return occupation
    long = [word for word in wording.split() if len(word) >= 6]
    is_lease = any(_alike(word, "leasehold") for word in long)
    return Occupation.LEASEHOLD if is_lease else Occupation.UNKNOWN


@lru_cache(maxsize=4_096)
def occupation_beside(tenure: str) -> Occupation:
    """What a tenure says of use beyond itself: "Freehold - vacant", "Leased out"."""
    own = r"\b(free|lease)[ -]?hold(er)?s?\b|\b[fl]/?h\b|\b(long |head)?leased? in\b"
    rest, removed = re.subn(own, " ", plain(tenure), count=1)
    said_more = removed or re.search(r"\b(out|to)\b|\blet\b", rest)
    return occupation_of(rest.strip(" -:;,/()")) if said_more else Occupation.UNKNOWN


@lru_cache(maxsize=4_096)
def declares_surplus(text: str, *, in_prose: bool = False) -> bool:
    """Says surplus, and neither denies it nor only expects it; `in_prose`, says it of this."""
    said = _IN_WELSH.sub("surplus", plain(text))
    if "surplus" not in said:  # most texts, and the patterns are slow
        return False
    wording = _NOT_SURPLUS.sub(" ", said).strip()
    return bool((_OF_THIS if in_prose else _SURPLUS).search(wording))


@lru_cache(maxsize=4_096)
def says_gone(text: str) -> bool:
    """Sold or disposed of; not "to be sold", "not yet disposed of", "part sold"."""
    return bool(_GONE.search(_NOT_GONE.sub(" ", plain(text))))


@lru_cache(maxsize=4_096)
def land_only(text: str, header: str = "") -> bool | None:
    """True for land only, False for land with a building. `header` is what a yes or no answers."""
    wording, question = plain(text), plain(header)
    if says_nothing(wording):
        return None
    answer = yes_or_no(wording)
    if answer is not None:
        # "Land with permanent building? Y"; a column that offers both choices needs words
        asks_land, asks_building = "land only" in question, bool(_BUILDING.search(question))
        return None if asks_land == asks_building else answer is asks_land
    if _LAND_ALONE.search(wording):
        return True
    return False if _BUILDING.search(wording) else True if _LAND.search(wording) else None
