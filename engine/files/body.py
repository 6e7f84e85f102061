"""Reads an upload: a multipart body that streams to a temporary file, within limits that hold without a length too."""

import re
from dataclasses import dataclass, field
from typing import Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import multipartparser
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from rest_framework.parsers import BaseParser

from hubster.lib.errors import HubsterError, fail
from hubster.lib.parsing import BodyTooLarge, check_text

BESIDES = 65_536  # bytes of a body that are not the file
FILE = "file"
# Django allows 1024 bytes for the headers of one part. A name of 255 Chinese characters, which .NET writes twice
# (`filename` in base64 and `filename*` with percent signs), needs more than 3,000.
multipartparser.MAX_TOTAL_HEADER_SIZE = 8_192  # type: ignore[attr-defined]
_ESCAPED = (("%22", '"'), ("%0D", " "), ("%0A", " "))


@dataclass
class Form:
    """The parts of an upload: its file, None when there is none, and its fields by their names in lower case."""

    file: UploadedFile | None = None
    fields: dict[str, str] = field(default_factory=dict)


class _OneFile(TemporaryFileUploadHandler):
    """Keeps the first file named `file`; ends the reading as soon as it is too large."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = False
        self.received = 0

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        """Begin a temporary file; a second file, or one of another name, is not taken."""
        if self.kept or str(field_name).lower() != FILE:
            raise fail("ENG000207", text=f"Send one file, in the field '{FILE}'.")
        self.kept = True
        super().new_file(field_name, *args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write on, while there is room."""
        self.received += len(raw_data)
        if self.received > settings.HUBSTER_FILES_SIZE:
            self.file.close()
            raise too_large()
        super().receive_data_chunk(raw_data, start)


class _Counted:
    """A stream that says when it is longer than any upload may be."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._left = settings.HUBSTER_FILES_SIZE + BESIDES

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; raises BodyTooLarge."""
        chunk: bytes = self._stream.read(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(chunk)
        if self._left < 0:
            raise BodyTooLarge(f"The body is larger than {settings.HUBSTER_FILES_SIZE + BESIDES} bytes.")
        return chunk


class _Upload(MultiPartParser):
    """Django's reading of a body, but for names: they are no HTML, and what is dangerous in one goes out later."""

    def sanitize_file_name(self, file_name: str) -> str:
        """The last part of a path, with the three characters that browsers write as %22, %0D and %0A.

        https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
        """
        for written, character in _ESCAPED:
            file_name = file_name.replace(written, character)
        name = re.split(r"[/\\]", file_name)[-1]
        return "file" if name in ("", ".", "..") else name


class UploadParser(BaseParser):
    """Any body: one that is no upload holds no file."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The `Form`; raises what is wrong with it."""
        if not str(media_type).lower().startswith("multipart/form-data"):
            return Form()
        headers = (parser_context or {})["request"].META
        if _length(headers) > settings.HUBSTER_FILES_SIZE + BESIDES:
            raise too_large()
        # Django takes a missing length for an empty body; the limits above do not depend on it.
        described = {"CONTENT_TYPE": media_type, "CONTENT_LENGTH": _length(headers) or 1}
        try:
            fields, files = _Upload(described, cast(Any, _Counted(stream)), [_OneFile()], "utf-8").parse()
        except (MultiPartParserError, StopUpload):
            raise fail("ENG000202", text="The body is not well-formed multipart/form-data.") from None
        named = {str(name).lower(): str(values[-1]) for name, values in fields.lists() if values}
        check_text(named)
        found = next((cast(UploadedFile, files[name]) for name in files), None)
        return Form(found, named)


def _length(headers: dict[str, Any]) -> int:
    """Bytes of the body as its sender says, 0 where it does not."""
    raw = str(headers.get("CONTENT_LENGTH") or "")
    return int(raw[:18]) if raw.isascii() and raw.isdigit() else 0


def too_large() -> HubsterError:
    """The refusal of a file over the limit."""
    return fail("ENG000207", "file", f"is larger than {settings.HUBSTER_FILES_SIZE // 1_048_576} MB.")
