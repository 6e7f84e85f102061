"""Plans a command line before anything is written: things to say, and an answer to the author."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.translation import gettext as _

from engine.commands import grammar, words
from engine.commands.grammar import BadLine, Line, Options
from engine.models import Conversation
from hubster.lib import codes
from portal.models import DynamicCommand, Integration, ResponseCommand, TransferCommand

MOST = 200  # commands in one answer


@dataclass(frozen=True)
class Saying:
    """Something to say: to the customer, as the author; to the author or else to the agents, as the platform.

    What is for the agents goes to the author alone when that is one.
    """

    kind: str
    content: dict[str, Any]
    to: Literal["customer", "sender", "agents"]


@dataclass(frozen=True)
class Plan:
    """The result of a command. `answer` is a message of type `command`, None when a service is still to answer."""

    answer: dict[str, Any] | None
    says: list[Saying] = field(default_factory=list)
    call: DynamicCommand | None = None
    arguments: list[str] = field(default_factory=list)  # for the service
    handover_event: str | None = None
    force: bool = False


class Refused(Exception):
    """A command that comes to nothing, by its documented code; `command` is the one that a code's text names."""

    def __init__(self, code: str, text: str = "", command: str = "") -> None:
        super().__init__(text or codes.TABLE[code].text)
        self.code, self.command = code, command


def plan(conversation: Conversation, sender: Integration, text: str) -> Plan:
    """Read the line and look up what it names; faults become an answer too."""
    try:
        line = grammar.read(text)
        handle = _HANDLERS.get(line.name, _dynamic)
        return handle(conversation, sender, line, text)
    except BadLine as fault:
        return Plan(refusal(text, "ENG009000", str(fault)))
    except Refused as fault:
        return Plan(refusal(text, fault.code, str(fault), fault.command))


def answer(text: str, about: str, commands: Iterable[dict[str, str]] = ()) -> dict[str, Any]:
    """A message of type `command` about something that was done."""
    shown = list(commands)
    return {"type": "command", "command": text, "status": "done", "text": about,
            **({"commands": shown} if shown else {})}  # fmt: skip


def refusal(text: str, code: str, about: str = "", command: str = "") -> dict[str, Any]:
    """A message of type `command` about something that was not.

    `about` is for the author; the error has the documented text of its code where the code is one of commands.
    """
    about = about or codes.TABLE[code].text
    documented = codes.TABLE[code].text.replace("{1}", command) if code.startswith("ENG009") else about
    error = {"code": codes.number(code), "description": f"{documented} (code: {code})"}
    return {"type": "command", "command": text, "status": "failed", "text": about, "errors": [error]}


# --- ::resp and ::trans ----------------------------------------------------------------------------------------
def _response(conversation: Conversation, sender: Integration, line: Line, text: str) -> Plan:
    given = grammar.options(line)
    rows = ResponseCommand.objects.filter(hub=conversation.hub_id)
    if _is_list(given):
        return Plan(_list(rows, line, given, text))
    row = _find(rows, line, given.name)
    to_customer = row.to == ResponseCommand.To.CUSTOMER
    says = [Saying(row.kind, content, "customer" if to_customer else "agents") for content in row.responses]
    return Plan(answer(text, words.sent(row.name, row.kind, to_customer, len(says))), says)


def _transfer(conversation: Conversation, sender: Integration, line: Line, text: str) -> Plan:
    given = grammar.options(line)
    rows = TransferCommand.objects.filter(hub=conversation.hub_id)
    if _is_list(given):
        return Plan(_list(rows, line, given, text))
    row = _find(rows, line, given.name)
    if conversation.integration.channel != "WebChat":
        channel = conversation.integration.channel
        raise Refused(
            "ENG009299",
            _("Not sent: page links work in the web chat only, and this customer uses %(channel)s.")
            % {"channel": channel},
        )
    payload = {"url": row.url, "label": row.link_description, "mount": row.mount_delay, "force": given.force}
    content = {"type": "payload", "payloadType": "hubster.transfer", "payload": payload}
    return Plan(answer(text, words.led(row.name, row.url, given.force)), [Saying("event", content, "customer")])


def _is_list(given: Options) -> bool:
    return given.list or given.help or not given.name


def _find(rows: Any, line: Line, name: str) -> Any:
    row = _named(rows, name)
    if row is None and not rows.exists():
        raise Refused("ENG009201")
    if row is None:
        about = _("Command '%(name)s' was not found. Type ::%(command)s --list to see all available commands.")
        raise Refused("ENG009200", about % {"name": name[:80], "command": line.name}, line.name)
    return row


def _named(rows: Any, name: str) -> Any:
    """The row of a name, in whatever case it is typed: compared here, for SQLite knows the case of ASCII only."""
    folded = name.casefold()
    names = dict(rows.values_list("name", "pk"))
    found = names.get(name) or next((key for other, key in names.items() if other.casefold() == folded), None)
    return rows.filter(pk=found).first() if found else None


def _list(rows: Any, line: Line, given: Options, text: str) -> dict[str, Any]:
    shown = rows
    if given.category is not None and rows.model is not TransferCommand:
        shown = rows.filter(category__iexact=given.category)
    found = [_shown(row, f"::{line.name} -n {quoted(row.name)}") for row in shown.order_by("name")[:MOST]]
    if not found and not rows.exists():
        raise Refused("ENG009201")
    if not found:
        raise Refused(
            "ENG009202", _("No commands were found for the category '%(name)s'.") % {"name": str(given.category)[:80]}
        )
    heading = grammar.usage(line.name) if given.help else words.listed(len(found))
    return answer(text, "\n".join([heading, *map(_as_line, found)]), found)


def _shown(row: Any, usage: str) -> dict[str, str]:
    facts = {"name": row.name, "category": getattr(row, "category", ""), "description": row.description}
    return {**{key: value for key, value in facts.items() if value}, "usage": usage}


def _as_line(shown: dict[str, str]) -> str:
    return f"{shown['usage']}{' - ' + shown['description'] if shown.get('description') else ''}"


def quoted(name: str) -> str:
    """A name as it is typed."""
    return f'"{name}"' if " " in name else name


# --- who answers, help, and the business's own ---------------------------------------------------------------------
def _floor(conversation: Conversation, sender: Integration, line: Line, text: str) -> Plan:
    force = any(word.lstrip("-—").lower() in ("force", "f") for word in line.words)
    return Plan(answer(text, words.moved(line.name)), handover_event=f"hubster.{line.name}", force=force)


def _help(conversation: Conversation, sender: Integration, line: Line, text: str) -> Plan:
    rows = DynamicCommand.objects.filter(hub=conversation.hub_id).order_by("name")
    own = [_shown(row, f"::{quoted(row.name)}") for row in rows[:MOST]]
    found = [*words.built_in(), *own]
    return Plan(answer(text, "\n".join([_("Available commands:"), *map(_as_line, found)]), found))


def _dynamic(conversation: Conversation, sender: Integration, line: Line, text: str) -> Plan:
    row = _named(DynamicCommand.objects.filter(hub=conversation.hub_id), line.name)
    if row is None:
        raise Refused("ENG009001", _("Unknown command ::%(name)s. Type ::help for a list.") % {"name": line.name[:80]})
    return Plan(None, call=row, arguments=line.words)


_HANDLERS: dict[str, Callable[[Conversation, Integration, Line, str], Plan]] = {
    grammar.RESPONSE: _response,
    grammar.TRANSFER: _transfer,
    grammar.HELP: _help,
    **dict.fromkeys(grammar.FLOOR, _floor),
}
