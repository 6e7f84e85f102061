"""What a file is, judged by its content alone; what is not in this list is not taken. Pure."""

import re
from dataclasses import dataclass
from typing import BinaryIO

HEAD = 4096  # bytes that are looked at from the beginning
TAIL = 65_536  # and from the end, where archives keep their table of contents
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
MP4 = Kind("video", "video/mp4", ("mp4", "m4v"))
WEBM = Kind("video", "video/webm", ("webm",))
QUICKTIME = Kind("attachment", "video/quicktime", ("mov",))  # many browsers do not play it
MP3 = Kind("audio", "audio/mpeg", ("mp3",))
OGG = Kind("audio", "audio/ogg", ("ogg", "oga", "opus"))
WAV = Kind("audio", "audio/wav", ("wav",))
M4A = Kind("audio", "audio/mp4", ("m4a",))
WEBA = Kind("audio", "audio/webm", ("weba", "webm"))
PDF = Kind("attachment", "application/pdf", ("pdf",))
RTF = Kind("attachment", "application/rtf", ("rtf",))
ZIP = Kind("attachment", "application/zip", ("zip",))
TEXT = Kind("attachment", "text/plain", ("txt", "log", "md"))
CSV = Kind("attachment", "text/csv", ("csv",))
DOC = Kind("attachment", "application/msword", ("doc", "dot"))
XLS = Kind("attachment", "application/vnd.ms-excel", ("xls", "xlt"))
PPT = Kind("attachment", "application/vnd.ms-powerpoint", ("ppt", "pps"))
_IN_ZIP = {
    b"word/document": Kind("attachment", f"{_OFFICE}.wordprocessingml.document", ("docx", "dotx")),
    b"xl/workbook": Kind("attachment", f"{_OFFICE}.spreadsheetml.sheet", ("xlsx", "xltx")),
    b"ppt/presentation": Kind("attachment", f"{_OFFICE}.presentationml.presentation", ("pptx", "ppsx")),
}
_OPEN_DOCUMENTS = {
    f"{_OPEN}.{word}".encode(): Kind("attachment", f"{_OPEN}.{word}", (ending,))
    for word, ending in (("text", "odt"), ("spreadsheet", "ods"), ("presentation", "odp"))
}
_IN_OLE = {"WordDocument": DOC, "Workbook": XLS, "PowerPoint Document": PPT}
KINDS = (
    PNG, JPEG, GIF, WEBP, MP4, WEBM, QUICKTIME, MP3, OGG, WAV, M4A, WEBA, PDF, RTF, ZIP, TEXT, CSV, DOC, XLS, PPT,
    *_IN_ZIP.values(), *_OPEN_DOCUMENTS.values(),
)  # fmt: skip
TAKEN = (
    "pictures (PNG, JPEG, GIF, WebP), videos (MP4, WebM, QuickTime), sounds (MP3, Ogg, WAV, M4A), PDF, text, CSV, "
    "office documents without macros, and ZIP archives"
)
_MACROS = "_VBA_PROJECT".encode("utf-16-le")
_PROGRAMS = re.compile(rb"META-INF/MANIFEST\.MF|AndroidManifest\.xml|vbaProject\.bin")
_MARKUP = re.compile(rb"\A\s*(<[a-z!?/]|#!|%!ps|<%)|<(html|script|svg|iframe|\?xml|\?php|!doctype)\b", re.I)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MP4_BRANDS = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"MSNV", b"M4V ",
               b"M4VH", b"M4VP", b"3gp4", b"3gp5", b"3gp6")  # fmt: skip
_MP3_RATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)


def kind_of(file: BinaryIO, name: str) -> Kind | None:
    """The kind of a file; None when it is not taken. Of a text, the name's ending says whether it is a CSV."""
    file.seek(0)
    head = file.read(HEAD)
    for find in (_picture, _riff, _boxed, _matroska, _sound, _document):
        found = find(head)
        if found:
            return found
    if head.startswith(b"PK\x03\x04"):
        return _zipped(head, _tail(file))
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _compound(file)
    if _is_text(file, head):
        return CSV if name.lower().endswith(".csv") else TEXT
    return None


def _picture(head: bytes) -> Kind | None:
    marks = ((b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG), (b"GIF87a", GIF), (b"GIF89a", GIF))
    return next((kind for mark, kind in marks if head.startswith(mark)), None)


def _riff(head: bytes) -> Kind | None:
    return {b"WEBP": WEBP, b"WAVE": WAV}.get(head[8:12]) if head.startswith(b"RIFF") else None


def _boxed(head: bytes) -> Kind | None:
    """MP4 and its relatives name their brand first; pictures in such a box (HEIC, AVIF) are not taken."""
    if head[4:8] != b"ftyp":
        return None
    brand = head[8:12]
    if brand in (b"M4A ", b"M4B "):
        return M4A
    if brand == b"qt  ":
        return QUICKTIME
    return MP4 if brand in _MP4_BRANDS else None


def _matroska(head: bytes) -> Kind | None:
    """WebM; without a codec for pictures it is a recorded voice."""
    if not head.startswith(b"\x1a\x45\xdf\xa3") or b"webm" not in head[:64]:
        return None
    return WEBA if b"A_" in head and b"V_" not in head else WEBM


def _sound(head: bytes) -> Kind | None:
    if head.startswith(b"OggS"):
        return OGG if re.search(rb"OpusHead|\x01vorbis|\x7fFLAC|Speex   ", head[:512]) else None
    return MP3 if head.startswith(b"ID3") or _is_mpeg(head) else None


def _is_mpeg(head: bytes) -> bool:
    """Whether there are two frames of layer III, one after the other: two bytes alone could be anything."""
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


def _document(head: bytes) -> Kind | None:
    if head[:1024].lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"%PDF-"):
        return PDF
    return RTF if head.startswith(b"{\\rtf") else None


def _tail(file: BinaryIO) -> bytes:
    size = file.seek(0, 2)
    file.seek(max(0, size - TAIL))
    return file.read(TAIL)


def _zipped(head: bytes, tail: bytes) -> Kind | None:
    """An archive by its table of contents, which is read and never unpacked; programs and macros are not taken."""
    if b"PK\x05\x06" not in tail or _PROGRAMS.search(tail) or _PROGRAMS.search(head):
        return None
    if head[30:38] == b"mimetype":
        return next((kind for mime, kind in _OPEN_DOCUMENTS.items() if head[38:].startswith(mime + b"PK")), ZIP)
    if b"[Content_Types].xml" in tail:
        return next((kind for mark, kind in _IN_ZIP.items() if mark in tail), ZIP)
    return ZIP


def _compound(file: BinaryIO) -> Kind | None:
    """An old office document, by the stream that holds its text. Installers come in the same box and have none."""
    file.seek(0)
    marks = {name.encode("utf-16-le"): kind for name, kind in _IN_OLE.items()}
    before, found, macros = b"", None, False
    while chunk := file.read(_CHUNK):
        window = before + chunk
        found = found or next((kind for mark, kind in marks.items() if mark in window), None)
        macros = macros or _MACROS in window
        before = chunk[-64:]
    return None if macros else found


def _is_text(file: BinaryIO, head: bytes) -> bool:
    """Whether there is no byte that texts do not have, and nothing that a browser or a shell would run."""
    if _MARKUP.search(head.removeprefix(b"\xef\xbb\xbf")):
        return False
    file.seek(0)
    while chunk := file.read(_CHUNK):
        if _CONTROL.search(chunk):
            return False
    return True
