"""Movements of wallets and pots in words: what each was, and never who else took part. Pure."""

from typing import Final

SAID: Final = {  # by what a cause says was done, and whether something came
    ("grant", True): "Earned: granted from a pot.",
    ("grant", False): "Granted.",
    ("donation", True): "Donated.",
    ("donation", False): "Given to the community pot.",
    ("gift", True): "A gift.",
    ("gift", False): "Given away.",
    ("exchange", True): "For help that was given.",
    ("exchange", False): "For help that was received.",
    ("move", True): "Moved here from another wallet of yours.",
    ("move", False): "Moved to another wallet of yours.",
    ("leaving", True): "Left by who is here no more.",
    ("leaving", False): "Left when its holder left.",
    ("fund", True): "Funded.",
    ("unspent", False): "Not granted in its time: it went back.",
    ("close", False): "The pot was closed: it went back.",
    ("lapse", True): "Lapsed in a wallet.",
    ("lapse", False): "Lapsed, and went to the community pot.",
    ("reversal", True): "Taken back: it came back.",
    ("reversal", False): "Taken back.",
}
FIRST: Final = ("reversal", "lapse")  # what the ledger adds to the cause of something else
OTHER: Final = "Moved."


def kind_of(cause: str) -> str:
    """Of what kind a movement is, by its cause: an id, what was done, and as which part of it."""
    subject, *rest = cause.split("/")
    known = {kind for kind, _ in SAID}
    found = [word for word in (*FIRST, *rest) if word in rest and word in known]
    return found[0] if found else "gift" if subject.startswith("gif_") else "other"


def what(cause: str, minutes: int) -> str:
    """In a sentence."""
    return SAID.get((kind_of(cause), minutes > 0), OTHER)
