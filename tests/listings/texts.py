"""Made-up texts for words: as people write, and as those who mean harm do."""

from typing import Any, Final

from hypothesis import strategies as st

VOCABULARY: Final = (
    "library", "libraries", "garden", "gardens", "gardening", "hall", "halls", "park", "parks",
    "old", "the", "of", "st", "saint", "john's", "johns", "school", "schools", "field", "fields",
    "car", "parking", "allotments", "neuadd", "tŷ", "ty", "coch", "llyfrgell", "parc", "caeau",
    "gŵyl", "llŷn", "betws-y-coed", "café", "cafe", "gl50", "1dy", "007", "1e5", "x²", "naïve",
)  # fmt: skip
HOSTILE: Final = (
    "NEAR(", '"', "*", "-", "AND", "OR", "NOT", "a* b", "^x", "{a b}:", "'", "\u2019", "''", "%",
    "_", "\\", "& | !", "x:*", "<->", "(", ")", "--", ";", "$1", "?1", ":x", "\x01", "🌊", "ß", "İ",
    "\u017f", "ﬁ", "ŉ", "Ⅷ", "ǅ", "\u0345", "\u0301", "\u200d", "中文", "Ελλάς", "Москва", "ხელი",
    "ᏸꭰ",
)  # fmt: skip
WORDS: Final = st.one_of(
    st.sampled_from(VOCABULARY),
    st.sampled_from(HOSTILE),
    st.text(min_size=1, max_size=8),
    st.text("abcdeŵŷâî'\u2019-", min_size=1, max_size=10),
)
TEXTS: Final[Any] = st.one_of(
    st.text(max_size=60), st.lists(WORDS, max_size=8).map(" ".join), st.lists(WORDS).map("".join)
)


def storable(text: str) -> str:
    """The text without what no column holds: NUL, and halves of characters."""
    return "".join(c for c in text if c != "\x00" and not "\ud800" <= c <= "\udfff")
