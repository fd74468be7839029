"""What neighbours are told by mail."""

from commonweal.kernel.amounts import hours_text
from commonweal.messages.rules import Letter


def answered(title: str, minutes: int, words: str) -> Letter:
    """To who offered help, or asked for it."""
    body = f"Somebody answered: {title}, for {hours_text(minutes)} hours.\n\n{words}\n"
    return Letter(kind="help_answered", subject=f"An answer: {title}", body=body)


def agreed(title: str, minutes: int) -> Letter:
    """To who answered."""
    body = f"It is agreed: {title}, for {hours_text(minutes)} hours. Say then how long it was.\n"
    return Letter(kind="help_agreed", subject=f"Agreed: {title}", body=body)


def disputed(title: str) -> Letter:
    """To both."""
    body = (
        f"You two differ on how long it was: {title}. Say otherwise, if you were mistaken; else an "
        "officer of the council decides.\n"
    )
    return Letter(kind="help_disputed", subject=f"How long was it? {title}", body=body)


def settled(title: str, minutes: int) -> Letter:
    """To both."""
    body = f"{title}: {hours_text(minutes)} hours have gone from the one to the other.\n"
    return Letter(kind="help_settled", subject=f"Settled: {title}", body=body)


def cancelled(title: str) -> Letter:
    """To both."""
    body = f"{title}: it does not come to that. What was kept aside for it is free.\n"
    return Letter(kind="help_cancelled", subject=f"Off: {title}", body=body)
