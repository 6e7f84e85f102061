"""Texts as a search compares them: without regard to case, composition and width, in every alphabet."""

import unicodedata

# Two small letters that another spelling of the same word has, the dot that a small Turkish I leaves behind, joiners.
VARIANTS = str.maketrans("ςı", "σi", "\u0307\u200c\u200d")


def folded(text: str) -> str:
    """`ÖZGÜR` as `özgür`, `José` in one spelling, `Straße` as `strasse`, full-width letters as narrow ones.

    `hubster.lib.search` has PostgreSQL do the same.
    """
    once = unicodedata.normalize("NFKC", text).upper().lower()
    return unicodedata.normalize("NFKC", once).translate(VARIANTS)
