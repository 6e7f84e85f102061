"""Slack's own way to write text. https://docs.slack.dev/messaging/formatting-message-text"""

import re

_SIGNS = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_CONTROL = re.compile(r"<([^<>]*)>")


def escaped(text: str) -> str:
    """Text that mentions nobody and links nowhere."""
    return "".join(_SIGNS.get(char, char) for char in text)


def unit(char: str) -> int:
    """The size of a character as it is sent."""
    return len(_SIGNS.get(char, char))


def plain(text: str) -> str:
    """The text that an agent typed: links as addresses, mentions by name, signs as themselves."""
    found = _CONTROL.sub(lambda match: _control(match[1]), text)
    return found.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _control(inner: str) -> str:
    target, _, label = inner.partition("|")
    if target[:1] == "!":
        return label or f"@{target[1:].partition('^')[0]}"
    if target[:1] in "@#" and target:
        return f"{target[0]}{(label or target[1:]).lstrip(target[0])}"
    scheme, _, rest = target.partition(":")
    if scheme in ("mailto", "tel"):
        return label or rest
    if not label or label in (target, target.partition("://")[2]):
        return target
    return f"{label}: {target}"
