"""The contract between the hub and the dialects of bots: a question goes out, an answer comes back.

A dialect is a file `_bot_*.py` with a `Dialect`; `bot.py` lists them. It is pure as all of this folder: it makes the
request of an activity, and activities of the answer. Storing them is for who makes the call.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from engine.activity import parse_event, parse_message
from engine.adapters import _errors
from engine.adapters._base import Adapter, Envelope
from engine.adapters._outcomes import Scope, SendError
from hubster.lib.errors import HubsterError
from hubster.lib.http import Answer, Outgoing
from hubster.lib.parsing import UnreadableBody, parse_strictly
from hubster.lib.payloads import get_blind

HANDOVER, HANDBACK = "hubster.handover", "hubster.handback"
MOST_ANSWERS = 20  # activities in one answer
LARGEST = 1_048_576  # bytes of an answer
DEADLINES = "HUBSTER_BOT_DEADLINES"  # the setting: seconds by dialect
_REFUSED = _("The bot returned HTTP %(status)d.")
_UNKNOWN = _("The bot does not let us in (HTTP %(status)d). Check its secret or token.")
_FINAL = {400, 405, 413, 415, 422}  # asked again, the bot would refuse again
_UNREADABLE = _("The bot's answer was not understood. %(reason)s")
Kind = Literal["message", "event"]


@dataclass(frozen=True)
class Saying:
    """A message or an event of a bot, in its stored form."""

    kind: Kind
    content: Mapping[str, Any]


@dataclass(frozen=True)
class BotAnswer:
    """Everything that a bot answered, in its order; nothing: it has no reply. `notes` tell what could not be shown."""

    sayings: tuple[Saying, ...] = ()
    notes: tuple[str, ...] = ()


class Dialect:
    """One way to talk with bots. `needs` and `takes` name the properties of its configuration, as JSON has them."""

    name: ClassVar[str]
    title: ClassVar[str]  # to be translated
    needs: ClassVar[tuple[str, ...]]
    takes: ClassVar[tuple[str, ...]] = ()
    deadline: ClassVar[float] = 10.0  # seconds of a call, unless the setting HUBSTER_BOT_DEADLINES says otherwise
    shows_typing: ClassVar[bool] = True  # the hub shows the customer that the bot is at work while it is asked
    drops_superseded: ClassVar[bool] = False  # always; the others only where the integration says so
    reads_context: ClassVar[bool] = False

    def ask(self, config: dict[str, Any], envelope: Envelope) -> Outgoing | None:
        """The request that puts an activity to the bot; None for what the bot is not asked about."""
        raise NotImplementedError

    def kept(self, body: bytes) -> bytes:
        """The part of a request's body that the ledger keeps: words of other messages are not for it to repeat."""
        return body

    def refusal(self, answer: Answer) -> SendError:
        """The reason of an answer whose status is not 2xx."""
        text = str((_UNKNOWN if answer.status in (401, 403) else _REFUSED) % {"status": answer.status})
        retryable = answer.status not in _FINAL
        scope: Scope = "endpoint" if retryable else "message"
        return SendError("ENG007511", text, retryable, scope=scope, retry_after=_errors.retry_after(answer))

    def read(self, config: dict[str, Any], answer: Answer) -> BotAnswer:
        """The activities of a good answer. Raises `SendError` for one that cannot be understood."""
        raise NotImplementedError


class BotChannel(Adapter):
    """A channel whose answers may be read in the response of its calls."""

    calls_once = True

    def dialect(self, config: dict[str, Any]) -> Dialect:
        """The dialect of a configuration."""
        raise NotImplementedError

    def deadline(self, config: dict[str, Any]) -> float:
        """Seconds that a call may take."""
        found = self.dialect(config)
        return float(getattr(settings, DEADLINES).get(found.name, found.deadline))

    def drops_superseded(self, config: dict[str, Any]) -> bool:
        """True if an answer is not sent when the customer has written again before it came."""
        return self.dialect(config).drops_superseded or bool(config.get("dropSuperseded"))

    def outcome(self, answer: Answer) -> None:
        """Nothing: a dialect judges an answer, see `read`."""

    def read(self, config: dict[str, Any], answer: Answer) -> BotAnswer:
        """The activities of an answer. Raises `SendError` for a refusal, and for what cannot be understood."""
        dialect = self.dialect(config)
        if not 200 <= answer.status < 300:  # noqa: PLR2004
            raise dialect.refusal(answer)
        try:
            return dialect.read(config, answer)
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            raise unreadable(_("Its shape is not what the dialect has (%(fault)s).") % {"fault": fault}) from None


def asked_message(envelope: Envelope) -> Mapping[str, Any] | None:
    """The message that a bot is asked about; None for events, and for results of commands. A test is a text."""
    if envelope.activity["type"] == "test":
        return {"type": "text", **envelope.activity["test"]}
    said: Mapping[str, Any] | None = envelope.activity.get("message")
    return None if said is None or said["type"] == "command" else said


def unreadable(reason: object) -> SendError:
    """The bot answered, but nobody knows what. Asking again would not help."""
    text = str(_UNREADABLE % {"reason": reason}).strip()
    return SendError("ENG007511", text, retryable=False, scope="message")


def body_of(answer: Answer) -> Any:
    """The JSON of an answer; None for an empty one. Raises `SendError`."""
    if answer.truncated:
        raise unreadable(_("It is larger than %(size)d KB.") % {"size": LARGEST // 1024})
    if not answer.body.strip():
        return None
    try:
        return parse_strictly(answer.body)
    except UnreadableBody as fault:
        raise unreadable(fault) from None


def listed(found: Any, name: str, convert: Callable[[Any, str], Iterable[Saying]]) -> tuple[Saying, ...]:
    """The sayings of a list of at most `MOST_ANSWERS` entries, each made by `convert(entry, its place)`."""
    if not isinstance(found, list) or len(found) > MOST_ANSWERS:
        text = _("'%(name)s' must be a list of up to %(most)d entries.") % {"name": name, "most": MOST_ANSWERS}
        raise unreadable(text)
    return tuple(saying for place, one in enumerate(found) for saying in convert(one, f"{name}[{place}]"))


def message(content: Mapping[str, Any], root: str = "message") -> Saying:
    """A message of the common format; raises `SendError` with the first fault."""
    return _saying("message", content, root)


def event(name: str, payload: Mapping[str, Any], root: str = "event") -> Saying:
    """An event with data."""
    return _saying("event", {"type": "payload", "payloadType": name, "payload": dict(payload)}, root)


def text(words: str, actions: Iterable[Mapping[str, Any]] = ()) -> Saying:
    """A text, which is never a command, whatever a customer has made the bot say."""
    given = list(actions)
    return message({"type": "text", "text": harmless(words), **({"actions": given} if given else {})})


def harmless(words: str) -> str:
    """The words without the colons that would make a command of them."""
    return words.lstrip().lstrip(":").lstrip() if words.lstrip().startswith("::") else words


def activity_of(node: Any, root: str) -> Saying:
    """One of `{"message": …}` and `{"event": …}` in the documented form."""
    given = [kind for kind in ("message", "event") if get_blind(node, kind) is not None]
    if len(given) != 1:
        raise unreadable(_("'%(root)s' needs either 'message' or 'event'.") % {"root": root})
    kind: Kind = "message" if given == ["message"] else "event"
    return _saying(kind, get_blind(node, kind), f"{root}.{kind}")


def _saying(kind: Kind, content: Any, root: str) -> Saying:
    try:
        parsed = parse_message(content, root=root) if kind == "message" else parse_event(content, root=root)
    except HubsterError as fault:
        raise unreadable(fault.faults[0].sentence) from None
    return Saying(kind, parsed)


def as_account(error: SendError, pauses: bool) -> SendError:
    """An error that concerns everything which goes to the bot's account."""
    return replace(error, scope="account", pauses=pauses)
