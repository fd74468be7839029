"""What people are told by mail of hiding and appeals. Nothing in it says who reported."""

from commonweal.messages.rules import Letter


def hidden(name: str, reason: str) -> Letter:
    """That something of theirs was hidden, and why."""
    return Letter(
        kind="hidden",
        subject=f"{name} was hidden",
        body=(
            f"An officer of the council hid {name}:\n\n{reason}\n\nOthers no longer see it. You "
            "can appeal once; another officer then decides.\n"
        ),
    )


def restored(name: str, reason: str) -> Letter:
    """That it is there again."""
    return Letter(
        kind="restored",
        subject=f"{name} is there again",
        body=f"The council restored {name}:\n\n{reason}\n\nEverybody sees it again.\n",
    )


def appealed(name: str, words: str) -> Letter:
    """For officers: that somebody appeals."""
    return Letter(
        kind="appealed",
        subject=f"An appeal about {name}",
        body=(
            f"{name} is hidden, and its author appeals:\n\n{words}\n\nAn officer who neither hid "
            "it nor appealed decides.\n"
        ),
    )


def appeal_dismissed(name: str, reason: str) -> Letter:
    """That it stays hidden, and why."""
    return Letter(
        kind="appeal_dismissed",
        subject=f"{name} stays hidden",
        body=f"Another officer looked at your appeal about {name}:\n\n{reason}\n\nIt stays "
        "hidden.\n",
    )
