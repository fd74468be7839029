"""A wallet's movements in words: what each was, and never who else took part. Pure."""

from typing import Final

SAID: Final = {  # by how a cause ends, and whether something came
    ("grant", True): "Earned: granted from a pot.",
    ("donation", False): "Given to the community pot.",
    ("gift", True): "A gift.",
    ("gift", False): "Given away.",
    ("move", True): "Moved here from another wallet of yours.",
    ("move", False): "Moved to another wallet of yours.",
    ("lapse", False): "Lapsed, and went to the community pot.",
    ("reversal", True): "Taken back: it came back.",
    ("reversal", False): "Taken back.",
}
OTHER: Final = "Moved."


def kind_of(cause: str) -> str:
    """Of what kind a movement is, by its cause: an id, what was done, and as which part of it."""
    subject, *rest = cause.split("/")
    for word in ("reversal", "lapse", "move", "donation", "grant"):
        if word in rest:
            return word
    return "gift" if subject.startswith("gif_") else "other"


def what(cause: str, minutes: int) -> str:
    """In a sentence."""
    return SAID.get((kind_of(cause), minutes > 0), OTHER)
