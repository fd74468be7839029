"""The digest of what saved searches found."""

from collections.abc import Sequence
from typing import Final

from commonweal.messages.rules import Letter

MAX_ADDRESS_SHOWN: Final = 120  # characters: it tells where, not how to get there
Finding = tuple[str, Sequence[tuple[str, str | None]]]  # a search's name; titles and addresses


def digest(findings: Sequence[Finding], left_out: int, off: str) -> Letter:
    """What is new, search by search; `off` is the link that ends these letters."""
    parts = []
    for name, found in findings:
        lines = [f"- {title}" + _at(address) for title, address in found]
        parts.append("\n".join([f"{name}:", *lines]))
    if left_out:
        parts.append(f"And {left_out} or more: search again to see them all.")
    parts.append(f"No more of these letters: {off}")
    return Letter(
        kind="digest",
        subject="New in your searches",
        body="\n\n".join(parts) + "\n",
        unsubscribe_url=off,
    )


def _at(address: str | None) -> str:
    text = " ".join((address or "").split())
    cut = text if len(text) <= MAX_ADDRESS_SHOWN else text[: MAX_ADDRESS_SHOWN - 1] + "…"
    return f", {cut}" if cut else ""
