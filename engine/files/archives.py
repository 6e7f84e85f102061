"""ZIP archives, and the office documents that are archives: told by their whole table of contents. Pure.

Nothing is unpacked to a disk. Parts are read only where something could hide in them, and all of them together no
further than `MOST_READ`. The standard library's `zipfile` reads the table; libraries that sniff by the first bytes
(`puremagic`, `filetype`, libmagic) cannot see a macro behind a thousand pictures.
"""

import io
import re
import zipfile
from typing import Any, BinaryIO
from xml.parsers import expat

from engine.files.compound import COMPOUND, check_compound

ARCHIVE = b"PK\x03\x04"
MOST_TABLE = 2_097_152  # bytes of the table of contents: some forty thousand parts
MOST_READ = 33_554_432  # bytes of parts that are read, unpacked; more is a bomb
MOST_DEPTH = 3  # archives within archives
MOST_OPENED = 3_000  # parts that are looked into
_CHUNK = 65_536
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
_MAIN_PARTS = {
    "word/document": f"{_OFFICE}.wordprocessingml.document",
    "xl/workbook": f"{_OFFICE}.spreadsheetml.sheet",
    "ppt/presentation": f"{_OFFICE}.presentationml.presentation",
}
_OPEN_TYPES = tuple(f"{_OPEN}.{word}" for word in ("text", "spreadsheet", "presentation"))
_ZIP = "application/zip"
_PROGRAM_PARTS = ("meta-inf/manifest.mf", "androidmanifest.xml", "vbaproject.bin", "vbadata.xml")
_MACRO_FOLDERS = ("basic/", "scripts/", "xl/macrosheets/", "word/activex/", "xl/activex/", "ppt/activex/")
_MACRO_TYPES = re.compile(r"macroenabled|vbaproject|macrosheet|activex", re.I)
_PROGRAM = re.compile(
    r"\.(apk|app|appx|bat|chm|cmd|com|cpl|dll|dmg|exe|hta|iso|jar|jnlp|jse|lnk|msc|msi|msix|pif|ps1|scr|sct|vbe|vbs|"
    r"vhd|war|wsc|wsf|wsh|xll|docm|dotm|xlsm|xltm|xlam|xlsb|pptm|potm|ppam|ppsm|sldm)$"
)
_NESTED = re.compile(r"\.(zip|(doc|dot|xls|xlt|ppt|pot|pps)x?|od[tsp]|bin)$|(^|/)object \d+$")  # as OpenDocument has it
# A part that is packed, yet not listed: a program that mends broken archives would find it.
_UNLISTED = re.compile(
    rb"PK\x03\x04[\s\S]{26}[^\x00]{0,200}?(?:vbaProject\.bin|AndroidManifest\.xml|META-INF/MANIFEST\.MF)", re.I
)


class _Unsafe(Exception):
    """The archive holds a program or macros, or cannot be judged."""


class _Bounded:
    """A file of which nobody reads very much at once: `zipfile` takes the table's length from the file itself."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, lambda: True

    def read(self, size: int = -1) -> bytes:
        """Checks the size and name, like those of any file."""
        data = self._file.read(size if 0 <= size <= MOST_TABLE else MOST_TABLE + 1)
        if len(data) > MOST_TABLE:
            raise _Unsafe
        return data


class _Budget:
    """Bytes of parts that may still be read, and parts that may still be opened."""

    def __init__(self) -> None:
        self.left = MOST_READ
        self.tables = MOST_TABLE
        self.parts = MOST_OPENED

    def begin(self, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
        """The first bytes of a part; raises when too many have been asked for."""
        self.parts -= 1
        if self.parts < 0:
            raise _Unsafe
        with archive.open(part) as packed:
            return packed.read(8)

    def read(self, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
        """A part, unpacked; raises when it is more than is left, whatever the table says of its size."""
        data = _unpacked(archive, part, self.left)
        self.left -= len(data)
        return data

    def read_table(self, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
        """Takes less than other parts, because parsing takes longer."""
        data = _unpacked(archive, part, self.tables)
        self.tables -= len(data)
        return data


def _unpacked(archive: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> bytes:
    with archive.open(part) as packed:
        data = packed.read(most + 1)
    if len(data) > most:
        raise _Unsafe
    return data


def type_of_archive(file: BinaryIO) -> str | None:
    """The MIME type of an archive or of the document that it is; None when it is damaged or unsafe."""
    try:
        if _has_unlisted(file):
            return None
        return _judged(file, _Budget(), 0)
    except Exception:  # whatever the archive makes the library stumble over, it is the archive's fault
        return None


def _has_unlisted(file: BinaryIO) -> bool:
    file.seek(0)
    before = b""
    while chunk := file.read(_CHUNK * 16):
        if _UNLISTED.search(before + chunk):
            return True
        before = chunk[-300:]
    return False


def _judged(file: Any, budget: _Budget, depth: int) -> str:
    """The MIME type; raises for everything that is not safe."""
    if depth > MOST_DEPTH:
        raise _Unsafe
    with zipfile.ZipFile(_Bounded(file)) as archive:
        parts = archive.infolist()
        names = [part.filename.replace("\\", "/").lower().rstrip(" .") for part in parts]
        for part, name in zip(parts, names, strict=True):
            _check_name(name)
            if not part.flag_bits & 1 and not part.is_dir():  # what has a password cannot be looked into
                _check_part(archive, part, name, budget, depth)
        return _type_by_parts(archive, parts, names, budget)


def _type_by_parts(archive: zipfile.ZipFile, parts: list[Any], names: list[str], budget: _Budget) -> str:
    if names[:1] == ["mimetype"]:
        found = budget.read(archive, parts[0]).decode("latin-1").strip().removesuffix("-template")
        return found if found in _OPEN_TYPES else _ZIP
    if "[content_types].xml" in names:
        marks = (mime for mark, mime in _MAIN_PARTS.items() if any(name.startswith(mark) for name in names))
        return next(marks, _ZIP)
    return _ZIP


def _check_name(name: str) -> None:
    if _PROGRAM.search(name) or name.endswith(_PROGRAM_PARTS) or name.startswith(_MACRO_FOLDERS):
        raise _Unsafe


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str, budget: _Budget, depth: int) -> None:
    """Look into a part that may hold another document, or that says which parts are macros under another name."""
    if name == "[content_types].xml" or name.endswith(".rels"):
        if any(_MACRO_TYPES.search(text) for text in _types_of(budget.read_table(archive, part))):
            raise _Unsafe
        return
    if not _NESTED.search(name):
        return
    mark = budget.begin(archive, part)
    if mark.startswith(COMPOUND):
        data = io.BytesIO(budget.read(archive, part))
        check_compound(data, lambda inner: _check_nested(inner, budget, depth))
    elif mark.startswith(ARCHIVE):
        _check_nested(budget.read(archive, part), budget, depth)


def _check_nested(data: bytes, budget: _Budget, depth: int) -> None:
    _judged(io.BytesIO(data), budget, depth + 1)


def check_archive(data: bytes) -> None:
    """Raises when an archive that was found in something else is damaged or unsafe."""
    _check_nested(data, _Budget(), 0)


def _types_of(xml: bytes) -> list[str]:
    """The types that a document's own tables name, as its reader gets them: any encoding, references resolved."""
    found: list[str] = []

    def refuse(*_: Any) -> None:
        raise _Unsafe

    def keep(_: str, attributes: dict[str, str]) -> None:
        found.extend(attributes[name] for name in ("ContentType", "Type") if name in attributes)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = keep
    parser.Parse(xml, True)
    return found
