"""The commands of a hub for the desk's picker: everything that can be typed behind `::`."""

import uuid
from typing import Any

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from engine.activity import summary
from engine.commands.grammar import RESPONSE, TRANSFER
from engine.commands.plan import MOST, quoted
from engine.commands.words import built_in
from portal.models import DynamicCommand, ResponseCommand, TransferCommand

_PLACEHOLDER = "NAME"  # the commands that need a name are listed one by one instead


def commands_of(hub_id: uuid.UUID) -> list[dict[str, str]]:
    """Rows of `kind`, `name`, `usage`, `category`, `description` and `preview`, in three queries."""
    by_name = Lower("name")
    responses = ResponseCommand.objects.filter(hub=hub_id).order_by(by_name)[:MOST]
    transfers = TransferCommand.objects.filter(hub=hub_id).order_by(by_name)[:MOST]
    services = DynamicCommand.objects.filter(hub=hub_id).defer("private_key").order_by(by_name)[:MOST]
    found = [
        *(_row("response", row, f"::{RESPONSE} -n {quoted(row.name)}", _preview(row)) for row in responses),
        *(_row("transfer", row, f"::{TRANSFER} -n {quoted(row.name)}", row.url) for row in transfers),
        *(_row("service", row, f"::{quoted(row.name)}") for row in services),
    ]
    help_row = {"name": "help", "description": _("Lists all commands."), "usage": "::help"}
    return [*found, *map(_built_in, [*built_in(), help_row])]


def _row(kind: str, row: Any, usage: str, preview: str = "") -> dict[str, str]:
    category = getattr(row, "category", "")
    return {"kind": kind, "name": row.name, "usage": usage, "category": category,
            "description": row.description, "preview": preview}  # fmt: skip


def _preview(row: ResponseCommand) -> str:
    """The first response in one line; events by their name."""
    content = row.responses[0] if row.responses else {}
    if row.kind == ResponseCommand.Kind.EVENT:
        words = str(content.get("payloadType") or content.get("type", ""))
    else:
        words = summary("message", content) if content else ""
    more = len(row.responses) - 1
    return _("%(text)s (and %(count)s more)") % {"text": words, "count": more} if more > 0 else words


def _built_in(known: dict[str, str]) -> dict[str, str]:
    """`::resp -n NAME` lists what there is; the options stay out of what is typed."""
    usage = known["usage"].split(" [")[0]
    if _PLACEHOLDER in usage:
        listed = f"::{known['name']} --list"
        text = _("Lists your saved replies.") if known["name"] == RESPONSE else _("Lists your page links.")
        return {"kind": "built-in", "name": f"{known['name']} list", "usage": listed, "category": "",
                "description": text, "preview": ""}  # fmt: skip
    return {"kind": "built-in", "name": known["name"], "usage": usage, "category": "",
            "description": known["description"], "preview": ""}  # fmt: skip
