"""The editor of a saved reply: a row for each message, plain ones without a word of JSON."""

import io
import json
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import SELECT_CLASSES, TEXTAREA_CLASSES

from hubster.lib.parsing import StrictJSONParser, UnreadableBody

_BLANK = 2  # empty rows at the end, for those who have no script
_WORDS = {
    "text": _("Text"),
    "image": _("Image (URL)"),
    "video": _("Video (URL)"),
    "audio": _("Audio (URL)"),
    "youtube": _("YouTube video (URL)"),
    "vimeo": _("Vimeo video (URL)"),
    "link": _("Link button (two lines)"),
    "json": _("Anything else (JSON)"),
}
_PLAIN = {"text": "text", **dict.fromkeys(("image", "video", "audio", "youtube", "vimeo"), "url")}


@dataclass(frozen=True)
class Row:
    """One message as the page has it: its kind, and one text that says the rest."""

    kind: str = "text"
    content: str = ""


def row_of(item: dict[str, Any]) -> Row:
    """A message of the common format as a row."""
    kind = str(item.get("type"))
    if kind in _PLAIN and set(item) == {"type", _PLAIN[kind]}:
        return Row(kind, item[_PLAIN[kind]])
    actions = item.get("actions", [])
    if set(item) == {"type", "actions"} and len(actions) == 1 and set(actions[0]) == {"type", "title", "url"}:
        return Row("link", f"{actions[0]['title']}\n{actions[0]['url']}")
    return Row("json", json.dumps({"type": kind, **item}, indent=2, ensure_ascii=False))


def item_of(row: Row) -> Any:
    """The other way; raises ValueError in words when it cannot be."""
    content = row.content.strip()
    if row.kind == "json":
        try:
            return StrictJSONParser().parse(io.BytesIO(content.encode()))
        except UnreadableBody as fault:
            raise ValueError(str(fault.detail).replace("The body is ", "This is ", 1)) from None
    if row.kind != "link":
        return {"type": row.kind, _PLAIN[row.kind]: content}
    words, _, address = content.rpartition("\n")
    if not words.strip():
        raise ValueError(gettext("Write the text of the button on one line and its URL on the next."))
    return {"type": "text", "actions": [{"type": "link", "title": words.strip(), "url": address.strip()}]}


class ResponsesWidget(forms.Widget):
    """The rows."""

    @property
    def media(self) -> forms.Media:
        """Adds, takes away and moves rows."""
        return forms.Media(js=["admin_hubster/responses.js"])

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """From our own templates, where the form toolkit does not look."""
        rows = [row if isinstance(row, Row) else row_of(row) for row in value or []]
        more = _BLANK if rows else _BLANK + 1
        context = {
            "name": name, "rows": [*rows, *[Row()] * more], "words": _WORDS, "id": (attrs or {}).get("id", name),
            "select": " ".join(SELECT_CLASSES), "textarea": " ".join(TEXTAREA_CLASSES),
        }  # fmt: skip
        return render_to_string("portal/admin/responses.html", context)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row]:
        """The rows in which something was written."""
        pairs = zip(data.getlist(f"{name}-kind"), data.getlist(f"{name}-content"), strict=False)
        return [Row(kind, content) for kind, content in pairs if content.strip()]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """All rows may have been taken away."""
        return False

    def id_for_label(self, id_: str) -> str:
        """The first row's text."""
        return f"{id_}-1"


class ResponsesField(forms.Field):
    """Messages or events of the common format. What they must be, the action says."""

    widget = ResponsesWidget

    def to_python(self, value: Any) -> list[Any]:
        """Every row as an item; raises what is wrong with each."""
        items, faults = [], []
        rows: list[Row] = value
        for number, row in enumerate(rows, 1):
            try:
                if row.kind not in _WORDS or "\x00" in row.content:
                    raise ValueError(gettext("This can’t be read."))
                items.append(item_of(row))
            except ValueError as fault:
                faults.append(gettext("Message %(number)d: %(fault)s") % {"number": number, "fault": fault})
        if faults:
            raise ValidationError(faults)
        return items

    def has_changed(self, initial: Any, data: Any) -> bool:
        """True for other messages."""
        try:
            return bool((initial or []) != self.to_python(data))
        except ValidationError:
            return True
