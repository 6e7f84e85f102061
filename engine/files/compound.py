"""Office documents of the old kind, each a small file system of streams, read by `olefile`. Pure.

`oletools` knows more about such files, but brings a dozen packages and analyses macros; here one is enough to refuse.
"""

import io
import re
import struct
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

import olefile

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAIN_STREAMS = {
    "worddocument": "application/msword",
    "workbook": "application/vnd.ms-excel",
    "book": "application/vnd.ms-excel",
    "powerpoint document": "application/vnd.ms-powerpoint",
}
# Macros by three names, a file of any kind, and a control that runs.
_UNSAFE = {"_vba_project", "_vba_project_cur", "vba", "\x01ole10native", "\x03ocxname"}
_JUDGED = {"workbook", "book", "package", "powerpoint document"}
_MOST_STREAMS, _MOST_DEPTH = 5_000, 3
_BOUND_SHEET, _END, _PASSWORD = 0x85, 0x0A, 0x2F
_PLAIN_SHEETS = (0, 2)  # with cells, with a chart; the others are macros
_SLIDE_MACROS = re.compile(rb"\x1f\x00\xff\x03\x14\x00\x00\x00\x02\x00\x00\x04\x0c\x00\x00\x00[\s\S]{4}(?!\x00{4})")
_SLIDE_OBJECT = re.compile(rb"(?=([\x00\x10])\x00\x11\x10([\s\S]{4}))")
_MOST_OBJECT = 16_777_216  # bytes of an object in a presentation, unpacked

CheckArchive = Callable[[bytes], None]  # raises for an archive that is not taken


class UnsafeCompound(Exception):
    """Macros, a file of any kind or a control is in it, or it cannot be judged."""


def type_of_compound(file: BinaryIO, check_archive: CheckArchive) -> str | None:
    """The MIME type by the stream that holds the text; None without one, and where macros or programs hide.

    Installers come in the same box and have no such stream.
    """
    try:
        with olefile.OleFileIO(_whole(file)) as box:
            names = {path[0].lower() for path in box.listdir() if len(path) == 1}
            found = next((mime for name, mime in _MAIN_STREAMS.items() if name in names), None)
            _check(box, check_archive, 0)
            return found
    except Exception:  # whatever the library stumbles over, it is the file's fault
        return None


def check_compound(file: BinaryIO, check_archive: CheckArchive, depth: int = 0) -> None:
    """Raises when it is unsafe or cannot be read."""
    with olefile.OleFileIO(file) as box:
        _check(box, check_archive, depth)


def _whole(file: BinaryIO) -> BinaryIO:
    file.seek(0)
    return io.BytesIO(file.read())


def _check(box: Any, check_archive: CheckArchive, depth: int) -> None:
    paths = box.listdir(streams=True, storages=True)
    names = {path[-1].lower() for path in paths}
    if len(paths) > _MOST_STREAMS or depth > _MOST_DEPTH or names & _UNSAFE:
        raise UnsafeCompound
    for path in paths:
        name = path[-1].lower()
        if name not in _JUDGED or box.get_type(path) != olefile.STGTY_STREAM:
            continue
        content = box.openstream(path).read()
        if name == "package":
            check_archive(content)
        elif name == "powerpoint document":
            _check_show(content, check_archive, depth)
        elif _has_macro_sheets(content):
            raise UnsafeCompound


def _has_macro_sheets(stream: bytes) -> bool:
    """True if a workbook has sheets of macros; one with a password, which may be Excel's own, cannot be judged."""
    place = 0
    while place + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, place)
        if kind == _PASSWORD or (kind == _BOUND_SHEET and size >= 6 and stream[place + 9] & 0x0F not in _PLAIN_SHEETS):
            return True
        if kind == _END:
            return False
        place += 4 + size
    return False


def _check_show(stream: bytes, check_archive: CheckArchive, depth: int) -> None:
    """A presentation keeps its macros and objects, packed, within its own stream."""
    if _SLIDE_MACROS.search(stream):
        raise UnsafeCompound
    for found in _SLIDE_OBJECT.finditer(stream):
        start, size = found.start() + 8, int.from_bytes(found[2], "little")
        data = stream[start : start + size]
        if found[1] == b"\x10":
            data = _unpacked(data[4:])
        if data.startswith(COMPOUND):
            check_compound(io.BytesIO(data), check_archive, depth + 1)


def _unpacked(data: bytes) -> bytes:
    """Empty where it is not packed at all: four bytes may look like an object by chance."""
    try:
        return zlib.decompressobj().decompress(data, _MOST_OBJECT)
    except zlib.error:
        return b""
