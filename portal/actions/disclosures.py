"""Checks how the bots of a hub say that they are bots."""

from typing import Any

from engine.activity.disclosure import LANGUAGES, sentence
from hubster.lib.errors import MOST_FAULTS, Fault, HubsterError, fail
from portal.models import Hub

MAX_LINE = 300  # characters
MAX_HOURS = 8_760  # a year


def check_texts(raw: Any) -> dict[str, str]:
    """Texts by language, in one line each, without the empty ones; raises every fault found."""
    if not isinstance(raw, dict):
        raise fail("PRT000302", "texts", 'must be an object of texts by language, such as {"de": "…"}.')
    faults = [fault for code, text in raw.items() if (fault := _fault_of(str(code), text))]
    if faults:
        raise HubsterError(*faults[:MOST_FAULTS])
    lines = {str(code).lower(): " ".join(text.split()) for code, text in raw.items()}
    return {code: line for code, line in lines.items() if line}


def _fault_of(code: str, text: Any) -> Fault | None:
    name = f"texts.{code[:20]}"
    if code.lower() not in LANGUAGES:
        return Fault("PRT000206", name, f"is not a language of this list: {', '.join(LANGUAGES)}.")
    if not isinstance(text, str):
        return Fault("PRT000302", name, "must be text.")
    if len(" ".join(text.split())) > MAX_LINE:
        return Fault("PRT000207", name, f"can have up to {MAX_LINE} characters.")
    return None


def lines_of(hub: Hub) -> dict[str, str]:
    """The line that customers read, by language."""
    return {code: hub.disclosure_texts.get(code) or sentence("disclosure", code) for code in LANGUAGES}
