"""Text as channels count and take it: units, pieces within a limit, and the nearest text for what they cannot show."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import quote

Unit = Callable[[str], int]  # the size of one character; sizes of texts are sums
LEAST = 4  # the smallest limit that holds any character in any unit

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWO = frozenset("\f^{}\\[~]|€")  # behind an escape
_ZWJ = "\u200d"
_BREAKS = (
    re.compile(r"(?=\n[^\S\n]*\n)"),
    re.compile(r"(?=\n)"),
    re.compile(r"(?<=[.!?…؟।])(?=\s)|(?<=[.!?…؟।][\"'”’»)\]])(?=\s)|(?<=[。！？])"),
)
_WORD = re.compile(r"(?=\s)")


def characters(char: str) -> int:
    """Code points."""
    return 1


def utf16(char: str) -> int:
    """UTF-16 units, as Telegram, LINE and JavaScript count; SMS in UCS-2 too."""
    return 2 if char > "\uffff" else 1


def utf8(char: str) -> int:
    """Bytes of UTF-8."""
    code = ord(char)
    return 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4


def septets(char: str) -> int:
    """Septets of GSM-7; for texts of which `is_gsm` is true."""
    return 2 if char in _GSM_TWO else 1


def is_gsm(text: str) -> bool:
    """True if an SMS can hold the text in GSM-7; otherwise it goes as UCS-2."""
    return all(char in _GSM or char in _GSM_TWO for char in text)


def sms(text: str) -> Unit:
    """The unit in which an SMS counts this text: septets, or UTF-16 units when a character is not in GSM-7."""
    return septets if is_gsm(text) else utf16


def size(text: str, unit: Unit = characters) -> int:
    """The size of a text."""
    return sum(map(unit, text))


def cut(text: str, most: int, unit: Unit = characters) -> list[str]:
    """The text in pieces of at most `most` (4 or more), without the white space where it was cut; blank: none.

    The best place in the second half of a piece wins: between paragraphs, lines, sentences. Else between words, and
    a word that is longer than a piece is cut between characters as people see them.
    """
    if most < LEAST:
        raise ValueError(f"no piece can be as small as {most}")
    if size(text, unit) <= most:
        return [text] if text.strip() else []
    pieces, rest = [], text.strip()
    while rest:
        end = _fitting(rest, most, unit)
        if end < len(rest):
            end = _best_end(rest, end)
        pieces.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return pieces


def clip(text: str, most: int, unit: Unit = characters) -> str:
    """The text, or its beginning and an ellipsis; for labels, whose whole text must stand somewhere else."""
    if size(text, unit) <= most:
        return text
    sign = "..." if unit is septets else "…"
    end = _between(text, _fitting(text, most - size(sign, unit), unit))
    return text[:end].rstrip() + sign


def numbered(labels: Iterable[str], first: int = 1) -> str:
    """Choices as a list that can be answered by number: a line for each, such as `1. Green tea`."""
    return "\n".join(f"{number}. {' '.join(label.split())}" for number, label in enumerate(labels, first))


def map_link(address: str = "", latitude: float | None = None, longitude: float | None = None) -> str:
    """A link to a map; coordinates go before the address."""
    if latitude is None or longitude is None:
        return f"https://maps.google.com/?q={quote(address, safe='')}"
    return f"https://maps.google.com/?q={_degrees(latitude)},{_degrees(longitude)}"


def absolute(url: str) -> str:
    """An address with its scheme: messages may leave `https://` out, providers do not guess it."""
    return url if not url or re.match(r"https?://|mailto:|tel:", url, re.IGNORECASE) else f"https://{url}"


def vcard(title: str, subtitle: str, image_url: str, properties: Sequence[tuple[str, str, str]]) -> str:
    """A vCard 3.0 (RFC 2426); properties are (key, value, type), those without a known type become notes."""
    lines = [f"FN:{_escaped(title)}", f"N:{_escaped(title)};;;;"]
    lines += [f"ORG:{_escaped(subtitle)}"] if subtitle else []
    lines += [f"PHOTO;VALUE=URI:{image_url}"] if image_url else []
    lines += [_vcard_line(*each) for each in properties]
    return "\r\n".join(_folded(line) for line in ("BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD")) + "\r\n"


def _vcard_line(key: str, value: str, kind: str) -> str:
    main, _, place = kind.lower().partition(";")
    of_type = f";TYPE={place.upper()}" if re.fullmatch("[a-z]+", place) else ""
    if main == "phone":
        return f"TEL{of_type}:{_escaped(value)}"
    if main == "email":
        return f"EMAIL{of_type}:{_escaped(value)}"
    if main == "address":
        return f"ADR{of_type}:;;{_escaped(value)};;;;"
    return f"TITLE:{_escaped(value)}" if key.lower() == "title" else f"NOTE:{_escaped(f'{key}: {value}')}"


def _escaped(value: str) -> str:
    kept = re.sub(r"([\\,;])", r"\\\1", value)
    return re.sub(r"\r\n|\r|\n", r"\\n", kept)


def _folded(line: str) -> str:
    """Lines of at most 75 bytes, of which the later ones begin with a blank."""
    parts, start, used = [], 0, 0
    for at, char in enumerate(line):
        used += utf8(char)
        if used > 75:
            parts.append(line[start:at])
            start, used = at, utf8(char) + 1
    return "\r\n ".join([*parts, line[start:]])


def _degrees(value: float) -> str:
    return f"{value:.7f}".rstrip("0").rstrip(".")


def _fitting(text: str, most: int, unit: Unit) -> int:
    """The number of characters that fit."""
    used = 0
    for at, char in enumerate(text):
        used += unit(char)
        if used > most:
            return at
    return len(text)


def _best_end(text: str, end: int) -> int:
    seen = text[: end + 2]
    for pattern in _BREAKS:
        found = [match.start() for match in pattern.finditer(seen) if end // 2 <= match.start() <= end]
        if found and found[-1]:
            return found[-1]
    words = [match.start() for match in _WORD.finditer(seen) if match.start() <= end]
    return words[-1] if words else _between(text, end)


def _between(text: str, end: int) -> int:
    """The last place up to `end` between two characters as people see them; `end` itself if there is none."""
    at = end
    while at > 0 and _joined(text, at):
        at -= 1
    return at or end


def _joined(text: str, at: int) -> bool:
    """True if `at` is inside of what people see as one character: the rules of UAX 29 that matter in messages."""
    if at >= len(text):
        return False
    before, after = text[at - 1], text[at]
    if before == "\r" and after == "\n":
        return True
    if before.isascii() and after.isascii():
        return False
    return (
        _extends(after) or before == _ZWJ or _hangul(before, after)
        or (unicodedata.combining(before) == 9 and unicodedata.category(after) == "Lo")
        or (_is_flag(before) and _is_flag(after) and _flags_before(text, at) % 2 == 1)
    )  # fmt: skip


def _extends(char: str) -> bool:
    """Marks, joiners, skin tones, tags of flags, and vowels that are written with the letter before."""
    return (
        unicodedata.category(char) in ("Mn", "Mc", "Me") or char in "\u200c\u200d\u0e33\u0eb3\uff9e\uff9f"
        or "\U0001f3fb" <= char <= "\U0001f3ff" or "\U000e0020" <= char <= "\U000e007f"
    )  # fmt: skip


def _hangul(before: str, after: str) -> bool:
    """Syllables that are written as their letters."""
    is_lead = "\u1100" <= before <= "\u115f"
    follows = "\u1160" <= after <= "\u11ff"
    return follows or (is_lead and ("\u1100" <= after <= "\u115f" or "\uac00" <= after <= "\ud7a3"))


def _is_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flags_before(text: str, at: int) -> int:
    start = at
    while start > 0 and _is_flag(text[start - 1]):
        start -= 1
    return at - start
