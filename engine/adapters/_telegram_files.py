"""Files as Telegram takes them by their addresses: by which method, and what may be in one album."""

from urllib.parse import urlsplit

from engine.activity.files import file_of
from engine.adapters._blocks import Audio, Block, File, Picture, Video
from engine.adapters._text import size, utf16

MOST_CAPTION = 1024  # UTF-16 units
_METHODS = {
    "image/jpeg": "photo", "image/png": "photo", "image/webp": "photo", "image/gif": "animation",
    "video/mp4": "video", "video/x-m4v": "video",
    "audio/mpeg": "audio", "audio/mp4": "audio", "audio/x-m4a": "audio", "audio/ogg": "voice", "audio/opus": "voice",
    "application/pdf": "document", "application/zip": "document",
}  # fmt: skip  # what Telegram takes by URL; other kinds must be uploaded
_DEFAULTS = {"image": "photo", "video": "video", "audio": "audio"}  # of files whose type nothing tells
_ALBUMS = {"photo": "seen", "video": "seen", "audio": "heard", "document": "read"}  # what may be in one album
_KINDS: dict[type, str] = {Picture: "image", Video: "video", Audio: "audio", File: "attachment"}

Media = Picture | Video | Audio | File


def is_caption(caption: str) -> bool:
    """True if Telegram takes it as a caption."""
    return size(caption, utf16) <= MOST_CAPTION


def method_of(block: Media) -> str | None:
    """The kind of file that Telegram makes of a block."""
    return method_for(_KINDS[type(block)], block.url, "" if isinstance(block, Picture) else block.mime_type)


def method_for(kind: str, url: str, mime_type: str = "") -> str | None:
    """The kind of file that Telegram makes of it; None for one that it does not take from a URL."""
    try:
        found = None if mime_type else file_of(urlsplit(url).path)
    except ValueError:  # such as unfinished brackets around a host
        return None
    mime_type = found[1] if found else mime_type
    if not mime_type:
        return _DEFAULTS.get(kind)
    return _METHODS.get(mime_type.partition(";")[0].strip().lower())


def in_same_album(first: Media, second: Block) -> Media | None:
    """The second, if it may stand in an album with the first."""
    if not isinstance(second, Picture | Video | Audio | File):
        return None
    kind = _ALBUMS.get(method_of(first) or "")
    return second if kind and kind == _ALBUMS.get(method_of(second) or "") else None


def caption_of(block: Media) -> str:
    """The words below a file."""
    if isinstance(block, Picture):
        return "\n".join(filter(None, (block.title or block.alt, block.link)))
    return block.label


def album_item(block: Media) -> dict[str, str]:
    """The file as an entry of an album."""
    caption = caption_of(block)
    words = {"caption": caption} if caption.strip() and is_caption(caption) else {}
    return {"type": str(method_of(block)), "media": block.url, **words}
