"""Recognises files by their content alone; a kind that is not in this list is not taken. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from engine.files.archives import ARCHIVE, check_archive, type_of_archive
from engine.files.compound import COMPOUND, type_of_compound
from engine.files.texts import is_text
from engine.files.tracks import PICTURE, is_ogg_sound, tracks_of_boxes, tracks_of_elements

HEAD = 4096  # bytes that are looked at from the beginning
_CHUNK = 65_536
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"


@dataclass(frozen=True)
class Kind:
    """A kind of file: the message that it becomes, its MIME type, the endings that its name may have."""

    message: str
    mime: str
    endings: tuple[str, ...]  # the first one is given to a name that has none of them


PNG = Kind("image", "image/png", ("png",))
JPEG = Kind("image", "image/jpeg", ("jpg", "jpeg"))
GIF = Kind("image", "image/gif", ("gif",))
WEBP = Kind("image", "image/webp", ("webp",))
MP4 = Kind("video", "video/mp4", ("mp4", "m4v", "3gp", "3g2", "f4v"))
WEBM = Kind("video", "video/webm", ("webm",))
QUICKTIME = Kind("attachment", "video/quicktime", ("mov",))  # many browsers do not play it
MP3 = Kind("audio", "audio/mpeg", ("mp3",))
OGG = Kind("audio", "audio/ogg", ("ogg", "oga", "opus"))
WAV = Kind("audio", "audio/wav", ("wav",))
M4A = Kind("audio", "audio/mp4", ("m4a", "m4b"))
WEBA = Kind("audio", "audio/webm", ("weba", "webm"))
PDF = Kind("attachment", "application/pdf", ("pdf",))
RTF = Kind("attachment", "application/rtf", ("rtf",))
ZIP = Kind("attachment", "application/zip", ("zip",))
TEXT = Kind("attachment", "text/plain", ("txt", "log", "md"))
CSV = Kind("attachment", "text/csv", ("csv",))
DOC = Kind("attachment", "application/msword", ("doc", "dot"))
XLS = Kind("attachment", "application/vnd.ms-excel", ("xls", "xlt"))
PPT = Kind("attachment", "application/vnd.ms-powerpoint", ("ppt", "pps"))
_DOCUMENTS = (
    Kind("attachment", f"{_OFFICE}.wordprocessingml.document", ("docx", "dotx")),
    Kind("attachment", f"{_OFFICE}.spreadsheetml.sheet", ("xlsx", "xltx")),
    Kind("attachment", f"{_OFFICE}.presentationml.presentation", ("pptx", "ppsx")),
    Kind("attachment", f"{_OPEN}.text", ("odt", "ott")),
    Kind("attachment", f"{_OPEN}.spreadsheet", ("ods", "ots")),
    Kind("attachment", f"{_OPEN}.presentation", ("odp", "otp")),
)
KINDS = (
    PNG, JPEG, GIF, WEBP, MP4, WEBM, QUICKTIME, MP3, OGG, WAV, M4A, WEBA, PDF, RTF, ZIP, TEXT, CSV, DOC, XLS, PPT,
    *_DOCUMENTS,
)  # fmt: skip
TAKEN = (
    "pictures (PNG, JPEG, GIF, WebP), videos (MP4, WebM, QuickTime), sounds (MP3, Ogg, WAV, M4A), PDF, text, CSV, "
    "office documents without macros, embedded packages or a password, and ZIP archives without programs"
)
_BY_MIME = {kind.mime: kind for kind in (ZIP, DOC, XLS, PPT, *_DOCUMENTS)}
_MP4_BRANDS = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"MSNV", b"M4V ",
               b"M4VH", b"M4VP", b"3gp4", b"3gp5", b"3gp6")  # fmt: skip
_RTF_OBJECTS = re.compile(rb"\\obj(data|ocx|autlink|html|update)", re.I)
_MP3_RATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)


def kind_of(file: BinaryIO, name: str) -> Kind | None:
    """The kind of a file; None when it is not taken. Of a text, the name's ending says whether it is a CSV."""
    file.seek(0)
    head = file.read(HEAD)
    for find in (_picture, _riff, _mpeg, _pdf):
        found = find(head)
        if found:
            return found
    for (place, mark), judge in _JUDGES:
        if head.startswith(mark, place):
            return judge(file, head)
    if is_text(file):
        return CSV if name.lower().endswith(".csv") else TEXT
    return None


def _picture(head: bytes) -> Kind | None:
    marks = ((b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG), (b"GIF87a", GIF), (b"GIF89a", GIF))
    return next((kind for mark, kind in marks if head.startswith(mark)), None)


def _riff(head: bytes) -> Kind | None:
    return {b"WEBP": WEBP, b"WAVE": WAV}.get(head[8:12]) if head.startswith(b"RIFF") else None


def _boxed(file: BinaryIO, head: bytes) -> Kind | None:
    """MP4 and its relatives. Where no track is described, the brand decides; pictures (HEIC, AVIF) are not taken."""
    brand = head[8:12]
    tracks = tracks_of_boxes(file)
    if brand == b"qt  ":
        return QUICKTIME
    if tracks:
        return MP4 if PICTURE in tracks else M4A
    if brand in (b"M4A ", b"M4B "):
        return M4A
    return MP4 if brand in _MP4_BRANDS else None


def _matroska(file: BinaryIO, head: bytes) -> Kind | None:
    """WebM; without a track for pictures it is a recorded voice. Where no track is described, the codecs decide."""
    if b"webm" not in head[:64]:
        return None
    tracks = tracks_of_elements(file)
    if tracks:
        return WEBM if PICTURE in tracks else WEBA
    return WEBA if b"A_" in head and b"V_" not in head else WEBM


def _ogg(file: BinaryIO, _: bytes) -> Kind | None:
    return OGG if is_ogg_sound(file) else None


def _mpeg(head: bytes) -> Kind | None:
    return MP3 if head.startswith(b"ID3") or _is_mpeg(head) else None


def _is_mpeg(head: bytes) -> bool:
    """True if there are two frames of layer III, one after the other: two bytes alone could be anything."""
    first = _frame_length(head[:4])
    return bool(first and _frame_length(head[first : first + 4]))


def _frame_length(header: bytes) -> int:
    """Bytes of an MPEG-1 or MPEG-2 layer III frame; 0 when these four bytes begin none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version, rate, frequency = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or rate in (0, 15) or frequency == 3:
        return 0
    hertz = (44_100, 48_000, 32_000)[frequency] // {3: 1, 2: 2, 0: 4}[version]
    if version == 3:
        return 144_000 * _MP3_RATES[rate] // hertz + (header[2] >> 1 & 1)
    slow = 8 * rate if rate <= 8 else 16 * rate - 64
    return 72_000 * slow // hertz + (header[2] >> 1 & 1)


def _pdf(head: bytes) -> Kind | None:
    return PDF if head[:1024].lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"%PDF-") else None


def _rtf(file: BinaryIO, _: bytes) -> Kind | None:
    """Objects within such a text may be files of any kind."""
    file.seek(0)
    before = b""
    while chunk := file.read(_CHUNK):
        if _RTF_OBJECTS.search(before + chunk):
            return None
        before = chunk[-16:]
    return RTF


def _zipped(file: BinaryIO, _: bytes) -> Kind | None:
    return _BY_MIME.get(type_of_archive(file) or "")


def _compound(file: BinaryIO, _: bytes) -> Kind | None:
    return _BY_MIME.get(type_of_compound(file, check_archive) or "")


_JUDGES: tuple[tuple[tuple[int, bytes], Callable[[BinaryIO, bytes], Kind | None]], ...] = (
    ((4, b"ftyp"), _boxed),
    ((0, b"\x1a\x45\xdf\xa3"), _matroska),
    ((0, b"OggS"), _ogg),
    ((0, b"{\\rtf"), _rtf),
    ((0, ARCHIVE), _zipped),
    ((0, COMPOUND), _compound),
)
