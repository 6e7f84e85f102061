"""Single parts of WhatsApp's messages: texts, files by their addresses, places and contacts."""

import mimetypes
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from engine.adapters._blocks import File, Person, Place
from engine.adapters._text import clip, cut

TEXT, CAPTION = 4096, 1024  # characters
_NAME = 100  # characters of names, for which WhatsApp tells no limit
_FILE_NAME = 240
_TAKEN = {
    "image": {".jpg", ".jpeg", ".png"},
    "video": {".mp4", ".3gp", ".3gpp"},
    "audio": {".aac", ".amr", ".m4a", ".mp3", ".mp4", ".oga", ".ogg", ".opus"},
}
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")

Body = dict[str, Any]


def texts(text: str) -> Iterator[Body]:
    """The text in as many messages as it takes; links are shown with a preview."""
    for piece in cut(text, TEXT):
        has_link = "https://" in piece or "http://" in piece
        yield {"type": "text", "text": {"body": piece, **({"preview_url": True} if has_link else {})}}


def media(kind: str, url: str, caption: str = "") -> Body:
    """An image, a video or a sound; audio has no caption."""
    return {"type": kind, kind: {"link": url, **({"caption": caption} if caption.strip() else {})}}


def is_taken(kind: str, url: str) -> bool:
    """False where the name of a file tells that WhatsApp does not show its type."""
    suffix = PurePosixPath(urlsplit(url).path).suffix.lower()
    return suffix in _TAKEN[kind] or mimetypes.guess_type(f"x{suffix}")[0] is None


def document(file: File) -> Body:
    """Any file, by a name that has its type."""
    own = unquote(PurePosixPath(urlsplit(file.url).path).name)
    name = " ".join(file.label.split()) or own or "file"
    if "." not in name:
        name += PurePosixPath(own).suffix or mimetypes.guess_extension(file.mime_type) or ""
    return {"type": "document", "document": {"link": file.url, "filename": clip(name, _FILE_NAME)}}


def is_named(file: File) -> bool:
    """True if the name of the document shows the whole label."""
    return len(file.label) < _FILE_NAME - 10


def location(place: Place) -> Body:
    """Coordinates, as strings; the address is shown where there is a name."""
    found: Body = {"latitude": str(place.latitude), "longitude": str(place.longitude)}
    if address := " ".join(place.address.split()):
        found |= {"name": clip(address, _NAME), "address": clip(address, TEXT)}
    return {"type": "location", "location": found}


def contact(person: Person) -> tuple[Body, str]:
    """A contact card, and the lines of what it cannot hold."""
    title = " ".join(person.title.split()) or "Contact"
    name = clip(title, _NAME)
    card: Body = {"name": {"formatted_name": name, "first_name": name}}
    rest = [] if len(title) <= _NAME else [title]
    if person.subtitle and len(person.subtitle) <= _NAME:
        card["org"] = {"company": person.subtitle}
    elif person.subtitle:
        rest.append(person.subtitle)
    for key, value, kind in person.properties:
        main, _sep, at = kind.lower().partition(";")
        place = {"type": at.upper()} if at in ("home", "work") else {}
        if main == "phone" and re.search("[0-9]", value):
            card.setdefault("phones", []).append({"phone": value, **place})
        elif main == "email" and _MAIL.fullmatch(value):
            card.setdefault("emails", []).append({"email": value, **place})
        elif main == "address":
            card.setdefault("addresses", []).append({"street": value, **place})
        else:
            rest.append(f"{key}: {value}")
    rest += [person.image_url] if person.image_url else []
    return {"type": "contacts", "contacts": [card]}, "\n".join(rest)
