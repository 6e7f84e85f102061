"""Refusals of Telegram, by words of their descriptions, which are all that tells most of them apart.

https://core.telegram.org/bots/api#making-requests
"""

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from engine.adapters._errors import from_table
from engine.adapters._outcomes import Rule, SendError, Table
from hubster.lib.http import Answer

_BLOCKED = Rule(_("The customer has blocked the bot. Nothing more is sent until they write again."),
                scope="recipient", stops=True)  # fmt: skip
_REMOVED = Rule(_("The bot is no longer in the group. Ask a member of the group to add it again."),
                scope="recipient", stops=True)  # fmt: skip
_MUTE = Rule(
    _("The bot may not write in this group. Ask an administrator of the group to allow it."), scope="recipient"
)
_UNKNOWN = Rule(_("Telegram does not know this chat. The customer must write to the bot first."), scope="recipient")
_DISCONNECTED = Rule(_("The owner of the business account has disconnected the bot, or does not let it reply. Connect "
                       "it again in Telegram's settings, under Business, Chatbots."), scope="recipient")  # fmt: skip
_QUIET = Rule(_("Telegram lets a bot write for a business account only within 24 hours of the customer's last message. "
                "Wait until they write again."), scope="recipient", window_closed=True)  # fmt: skip
_FILE = Rule(_("Telegram could not load a file of the message (%(said)s). Check that its URL is public, that it is of "
               "its type, and that it has at most 5 MB (images) or 20 MB."))  # fmt: skip
_LATER = Rule(_FILE.text, retryable=True)
_TOKEN = Rule(_("Telegram does not accept the bot token any more. Ask @BotFather for it with /token, and save it in "
                "the integration."), scope="account", pauses=True)  # fmt: skip
_BUSY = Rule(_("Telegram asked us to slow down. The message is sent again later."), retryable=True, scope="account")
_MOVED = Rule(_("The group has become a supergroup, which has another id. The message is sent there next."),
              retryable=True, scope="recipient")  # fmt: skip
_BUTTON = Rule(_("Telegram refused a button (%(said)s). Check the URLs of the message's links."))
_REFUSED = Rule(_("Telegram refused the message: %(said)s. Change it and send it again."))
_FORBIDDEN = Rule(_("Telegram does not let the bot write to this chat: %(said)s."), scope="recipient")
_AWAY = Rule(_("Telegram has a fault of its own (%(said)s). The message is sent again later."), retryable=True,
             scope="endpoint")  # fmt: skip

# The first one whose key is in the description counts.
DESCRIPTIONS: Table = {
    "bot was blocked": _BLOCKED, "user is deactivated": _BLOCKED, "bot was kicked": _REMOVED,
    "bot is not a member": _REMOVED, "group chat was deactivated": _REMOVED, "upgraded to a supergroup": _MOVED,
    "migrated to a supergroup": _MOVED, "initiate conversation": _UNKNOWN, "chat not found": _UNKNOWN,
    "user not found": _UNKNOWN, "peer_id_invalid": _UNKNOWN, "business_peer_usage_missing": _QUIET,
    "business_peer_invalid": _QUIET, "business connection": _DISCONNECTED, "business_connection": _DISCONNECTED,
    "business account": _DISCONNECTED, "no rights to send": _MUTE, "not enough rights": _MUTE,
    "chat_write_forbidden": _MUTE, "topic_closed": _MUTE, "failed to get http url": _LATER,
    "webpage_curl_failed": _LATER, "wrong file identifier": _FILE, "wrong type of the web page": _FILE,
    "webpage_media_empty": _FILE, "media_empty": _FILE, "image_process_failed": _FILE, "photo_invalid": _FILE,
    "file is too big": _FILE, "button_": _BUTTON, "inline keyboard": _BUTTON, "reply markup": _BUTTON,
}  # fmt: skip
CODES: Table = {401: _TOKEN, 403: _FORBIDDEN, 404: _TOKEN, 429: _BUSY}


def read(answer: Answer) -> Mapping[str, Any]:
    """The object that Telegram answered with; an empty one when it is none."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def refusal(answer: Answer) -> SendError:
    """The reason why a call brought nothing, with the seconds after which to try again, if Telegram names them."""
    found = read(answer)
    code = found.get("error_code") or answer.status
    said = str(found.get("description") or f"HTTP {answer.status}")
    if not found or code >= 500:
        return from_table({}, None, _AWAY, said=said)
    key = next((key for key in DESCRIPTIONS if str(key) in said.lower()), None)
    if key is None:
        error = from_table(CODES, code, _REFUSED, said=said)
    else:
        error = from_table(DESCRIPTIONS, key, _REFUSED, said=said)
    seconds = (found.get("parameters") or {}).get("retry_after")
    error.retry_after = float(seconds) if isinstance(seconds, int | float) else None
    return error
