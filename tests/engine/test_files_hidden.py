"""Documents of many parts keep their kind; macros, packages and programs are found wherever they hide."""

import io
import struct
import zipfile
import zlib

import pytest

from engine.files import archives
from engine.files.kinds import DOC, KINDS, PPT, XLS, ZIP, kind_of
from tests.engine import file_samples as samples

OPEN = b"application/vnd.oasis.opendocument.text"
MAIN = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}
BY_ENDING = {ending: kind for kind in KINDS for ending in kind.endings}


def found(content: bytes):
    return kind_of(io.BytesIO(content), "x")


def document(ending: str = "docx", types: bytes = b"<Types/>", **parts: bytes) -> bytes:
    return samples.packed({"[Content_Types].xml": types, MAIN[ending]: b"<x/>", **parts}, zipfile.ZIP_DEFLATED)


def named(content_type: str) -> bytes:
    return f'<Types><Override PartName="/a" ContentType="{content_type}"/></Types>'.encode()


MANY = {f"media/picture{number:05}.png": b"x" for number in range(1500)}
MACROS = samples.compound("WordDocument", "Macros/VBA/_VBA_PROJECT")
PACKAGE = samples.compound("\x01Ole10Native")


@pytest.mark.parametrize("ending", MAIN)
def test_a_document_of_many_parts_keeps_its_kind(ending):
    assert found(document(ending, **MANY)) is BY_ENDING[ending]
    assert found(document(ending, **{"word/media/oleObject.txt": b"x"}, **MANY)) is BY_ENDING[ending]
    reversed_ = samples.packed({**MANY, MAIN[ending]: b"<x/>", "[Content_Types].xml": b"<Types/>"})
    assert found(reversed_) is BY_ENDING[ending]


HIDDEN = {
    "a project": {"word/vbaProject.bin": b"x"},
    "a project in other letters": {"WORD/VBAPROJECT.BIN": b"x"},
    "a project elsewhere": {"media/deep/vbaProject.bin": b"x"},
    "sheets of macros": {"xl/macrosheets/sheet1.xml": b"<x/>"},
    "a control": {"word/activeX/activeX1.xml": b"<x/>"},
    "a package": {"word/embeddings/oleObject1.bin": PACKAGE},
    "an old document with macros": {"word/embeddings/old.doc": MACROS},
    "a new document with macros": {"word/embeddings/new.docx": document(**{"word/vbaProject.bin": b"x"})},
    "the same, packed as an object": {
        "word/embeddings/oleObject1.bin": samples.compound(Package=document(**{"word/vbaProject.bin": b"x"}))
    },
    "a program": {"media/setup.EXE": b"MZ"},
    "a program whose ending Windows drops": {"media/setup.exe. ": b"MZ"},
    "a relation": {
        "word/_rels/document.xml.rels": b'<R><R Type="http://x/2006/relationships/vbaProject" Target="a"/></R>'
    },
}
TYPES = {
    "macros allowed": named("application/vnd.ms-word.document.macroEnabled.main+xml"),
    "a project of another name": named("application/vnd.ms-office.vbaProject"),
    "sheets of macros of another name": named("application/vnd.ms-excel.intlmacrosheet+xml"),
    "spelt in references": named("application/vnd.ms-office.vba&#80;roject"),
    "in wide characters": named("application/vnd.ms-office.vbaProject").decode().encode("utf-16"),
    "by an entity": b'<!DOCTYPE a [<!ENTITY e "vbaProject">]>' + named("application/vnd.ms-office.&e;"),
    "unreadable": b"<Types",
}


@pytest.mark.parametrize("more", [{}, MANY], ids=["few parts", "many parts"])
@pytest.mark.parametrize("parts", HIDDEN.values(), ids=HIDDEN)
def test_macros_and_packages_are_refused_wherever_they_hide(parts, more):
    assert found(document(**more, **parts)) is None


@pytest.mark.parametrize("types", TYPES.values(), ids=TYPES)
def test_macros_are_known_by_the_types_too(types):
    assert found(document(types=types)) is None


def test_what_a_document_may_hold_is_taken():
    inner = {
        "word/embeddings/sheet.xlsx": document("xlsx"),
        "word/embeddings/oleObject1.bin": samples.compound("Equation Native"),
        "word/_rels/document.xml.rels": b'<R><R Type="http://x/hyperlink" Target="https://x/about-macroEnabled"/></R>',
    }
    assert found(document(**inner)) is BY_ENDING["docx"]


ARCHIVED = {
    "a Java program": {"META-INF/MANIFEST.MF": b"x"},
    "an Android program": {"AndroidManifest.xml": b"x"},
    "a Windows program": {"folder\\setup.exe": b"MZ"},
    "a program in an archive": {"more.zip": samples.packed({"a.zip": samples.packed({"setup.exe": b"MZ"})})},
    "a document with macros": {"report.docm": b"x"},
    "an old document with macros": {"report.doc": MACROS},
}


@pytest.mark.parametrize("parts", ARCHIVED.values(), ids=ARCHIVED)
def test_programs_in_archives_are_refused(parts):
    assert found(samples.packed({"a.txt": b"x", **parts, **MANY})) is None


def test_archives_of_files_are_taken():
    assert found(samples.packed({"a.txt": b"x", "more.zip": samples.packed({"b.js": b"x"}), **MANY})) is ZIP


def test_a_part_that_the_table_does_not_list_is_found():
    hidden = samples.packed({"word/vbaProject.bin": b"x"})
    assert found(hidden[: hidden.index(b"PK\x01\x02")] + document()) is None


@pytest.mark.parametrize("folder", ["Basic/Standard/", "Scripts/python/", "BASIC/"])
def test_macros_of_an_open_document_are_refused(folder):
    assert found(samples.archive("content.xml", first=OPEN)).mime == OPEN.decode()
    assert found(samples.archive("content.xml", f"{folder}Module1.xml", first=OPEN)) is None


def test_a_package_in_an_open_document_is_refused():
    parts = {"mimetype": OPEN, "content.xml": b"<x/>"}
    assert found(samples.packed({**parts, "Object 1": samples.compound("Equation Native")})).mime == OPEN.decode()
    assert found(samples.packed({**parts, "Object 1": PACKAGE})) is None


def test_a_bomb_is_refused_before_it_bursts(monkeypatch):
    monkeypatch.setattr(archives, "MOST_READ", 100_000)
    big = b"PK\x03\x04" + b"\x00" * 200_000
    assert found(document(**{"word/embeddings/a.bin": big})) is None
    monkeypatch.setattr(archives, "MOST_TABLE", 5_000)
    assert found(document(types=b"<T>" + b" " * 10_000 + b"</T>")) is None
    assert found(samples.packed({f"{number}": b"" for number in range(200)})) is None


def test_archives_in_archives_end_somewhere():
    content = samples.packed({"a.txt": b"x"})
    for _ in range(archives.MOST_DEPTH):
        content = samples.packed({"a.zip": content})
    assert found(content) is ZIP
    assert found(samples.packed({"a.zip": content})) is None


def sheets(*kinds: int, before: bytes = b"") -> bytes:
    """The beginning of a workbook with sheets of these kinds."""
    rows = [struct.pack("<HHIBB", 0x85, 8, 0, 0, kind) + b"\x00\x00" for kind in kinds]
    return struct.pack("<HH", 0x809, 4) + b"\x00" * 4 + before + b"".join(rows) + struct.pack("<HH", 0x0A, 0)


def show(data: bytes, instance: int) -> bytes:
    """A presentation with an object."""
    return b"\x00" * 40 + struct.pack("<HHI", instance << 4, 0x1011, len(data)) + data


VBA_INFO = struct.pack("<HHIHHIIII", 0x1F, 0x3FF, 20, 2, 0x400, 12, 7, 1, 2)
OLD = {
    "macros of a document": samples.compound("WordDocument", "Macros/VBA/dir"),
    "macros of a workbook": samples.compound("Workbook", "_VBA_PROJECT_CUR/VBA/dir"),
    "a package": samples.compound("WordDocument", "ObjectPool/_123/\x01Ole10Native"),
    "a control": samples.compound("WordDocument", "ObjectPool/_123/\x03OCXNAME"),
    "sheets of macros": samples.compound(Workbook=sheets(0, 1)),
    "a workbook with a password": samples.compound(Workbook=sheets(0, before=struct.pack("<HHH", 0x2F, 2, 0))),
    "macros of a presentation": samples.compound(**{"PowerPoint Document": VBA_INFO}),
    "a package in a presentation": samples.compound(**{"PowerPoint Document": show(PACKAGE, 0)}),
    "the same, packed": samples.compound(
        **{"PowerPoint Document": show(struct.pack("<I", len(PACKAGE)) + zlib.compress(PACKAGE), 1)}
    ),
    "a new document with macros": samples.compound(
        "WordDocument", **{"ObjectPool/_1/Package": document(**{"word/vbaProject.bin": b"x"})}
    ),
    "an encrypted document": samples.compound("EncryptedPackage", "EncryptionInfo"),
    "a damaged document": samples.compound("WordDocument")[:600],
}


@pytest.mark.parametrize("content", OLD.values(), ids=OLD)
def test_they_are_refused_in_old_documents_too(content):
    assert found(content) is None


def test_old_documents_without_them_are_taken():
    assert found(samples.compound("WordDocument", "ObjectPool/_1/Equation Native")) is DOC
    assert found(samples.compound(Workbook=sheets(0, 2))) is XLS
    without = VBA_INFO[:-8] + struct.pack("<II", 0, 2)
    assert found(samples.compound(**{"PowerPoint Document": without})) is PPT
    assert found(samples.compound("WordDocument", **{"ObjectPool/_1/Package": document("xlsx")})) is DOC


@pytest.mark.parametrize("word", ["objdata 0105", "objocx", "OBJDATA"])
def test_objects_in_a_rich_text_are_refused(word):
    plain = rb"{\rtf1 Hello " + b"x" * 70_000
    assert found(plain + b"}").mime == "application/rtf"
    assert found(plain + rb"{\object{\*" + f"\\{word}".encode() + b"}}}") is None
