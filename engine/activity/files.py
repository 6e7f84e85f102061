"""File types by the extension in an address. Nothing is fetched, nothing of the machine is asked."""

from urllib.parse import unquote, urlsplit

from engine.activity.names import visible

# Kinds are message types. Programs (.exe, .apk, .dmg …) are not here: they stay the bare links that they are.
_TYPES = {
    "image": {
        "png": "png", "jpg": "jpeg", "jpeg": "jpeg", "gif": "gif", "webp": "webp", "avif": "avif", "bmp": "bmp",
    },
    "video": {"mp4": "mp4", "mov": "quicktime", "m4v": "x-m4v", "webm": "webm", "ogv": "ogg"},
    "audio": {
        "mp3": "mpeg", "wav": "wav", "m4a": "mp4", "aac": "aac", "ogg": "ogg", "oga": "ogg", "opus": "ogg",
        "flac": "flac", "weba": "webm",
    },
}  # fmt: skip
_OFFICE = "application/vnd.openxmlformats-officedocument."
_DOCUMENTS = {
    "pdf": "application/pdf", "rtf": "application/rtf", "epub": "application/epub+zip",
    "doc": "application/msword", "docx": f"{_OFFICE}wordprocessingml.document",
    "xls": "application/vnd.ms-excel", "xlsx": f"{_OFFICE}spreadsheetml.sheet",
    "ppt": "application/vnd.ms-powerpoint", "pptx": f"{_OFFICE}presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "zip": "application/zip", "gz": "application/gzip", "tgz": "application/gzip", "tar": "application/x-tar",
    "7z": "application/x-7z-compressed", "rar": "application/vnd.rar",
    "txt": "text/plain", "csv": "text/csv", "ics": "text/calendar", "vcf": "text/vcard",
    "heic": "image/heic", "tif": "image/tiff", "tiff": "image/tiff",  # pictures that browsers do not show
}  # fmt: skip
_ENDINGS = {
    **{ending: ("attachment", mime) for ending, mime in _DOCUMENTS.items()},
    **{ending: (kind, f"{kind}/{name}") for kind, names in _TYPES.items() for ending, name in names.items()},
}
_CONTAINERS = {"mp4", "ogg", "webm"}  # hold sound or pictures; the sender's type says which


def file_of(path: str) -> tuple[str, str] | None:
    """(message type, MIME type) of an address's path by its ending; None when the ending says nothing."""
    name = path.rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    return _ENDINGS.get(ending.lower()) if stem and dot else None


def file_name(path: str) -> str:
    """The file's name as people read it. Invisible characters, which could turn an ending around, are taken out."""
    return visible(unquote(path.rpartition("/")[2]))


def mime_type(kind: str, url: str) -> str | None:
    """The MIME type of a `video` or `audio` at an address; None when its ending does not say or says otherwise."""
    try:
        found = file_of(urlsplit(url).path)
    except ValueError:
        return None
    major, _, minor = found[1].partition("/") if found else ("", "", "")
    return f"{kind}/{minor}" if major == kind or minor in _CONTAINERS else None
