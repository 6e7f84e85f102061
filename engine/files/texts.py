"""Recognizes text, in the encodings that programs write. Pure."""

import codecs
import re
from typing import BinaryIO

_CHUNK = 65_536
_BOMS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# Escape (colours of a terminal, some encodings of Japanese) and form feed belong to texts.
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_NO_CHARACTER = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")
# How browsers know a page (mimesniff.spec.whatwg.org, 7.1), and what else is read by its first characters.
_PAGE = re.compile(
    r"\s*(<!doctype|<(html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|svg)[\s>]|<!--|<\?|<%|#!|%!ps)",
    re.I,
)
_DATA = re.compile(r"\s*<[a-z][^<>]*>", re.I)


def is_text(file: BinaryIO) -> bool:
    """True if every character is one that texts have, and the whole is not a page, a script or data in XML.

    A text that quotes a page is a text: it is served as one, never as a page.
    """
    file.seek(0)
    head = file.read(4096)
    encoding = next((name for mark, name in _BOMS if head.startswith(mark)), "latin-1")
    shown = head.removeprefix(codecs.BOM_UTF8).decode(encoding, "ignore").lstrip("\ufeff")
    if _PAGE.match(shown) or (_DATA.match(shown) and _ends_as_data(file, encoding)):
        return False
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(_CHUNK):
            text = decoder.decode(chunk)
            if _CONTROL.search(text) or (encoding != "latin-1" and _NO_CHARACTER.search(text)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _ends_as_data(file: BinaryIO, encoding: str) -> bool:
    size = file.seek(0, 2)
    file.seek(max(0, size - 256))
    return file.read(256).decode(encoding, "ignore").rstrip().endswith(">")
