"""Kik's answers, as the closed list of reasons why a message did not arrive. Kik tells them by the status of HTTP.

Sources: the package kik 1.5.0, and Kik's article "How rate limiting and batching can keep bots and users chatting": a
bot may send a customer twenty messages more than they wrote.
"""

from django.utils.translation import gettext_lazy as _

from engine.adapters import _errors
from engine.adapters._errors import body_of
from engine.adapters._outcomes import Rule, SendError, Table
from hubster.lib.http import Answer

_MESSAGE = Rule(_("Kik refused the message (%(reason)s). Change it, and send it again."))
_AWAY = Rule(_("Kik has a fault of its own (%(reason)s). The message is tried again; there is nothing to do."),
             retryable=True, scope="endpoint")  # fmt: skip
TABLE: Table = {
    400: _MESSAGE, 413: _MESSAGE,
    401: Rule(_("Kik no longer accepts the user name and the API key (%(reason)s). Copy both again from the bot's "
                "page, and save them in the integration."), scope="account", pauses=True),
    403: Rule(_("Kik does not let the bot write to this customer (%(reason)s). Wait until they write again."),
              scope="recipient"),
    404: Rule(_("Kik does not know the customer (%(reason)s). Use another way to reach them."), scope="recipient"),
    429: Rule(_("Kik takes only so many messages to a customer who does not answer (%(reason)s). The message is sent "
                "later; there is nothing to do."), retryable=True, scope="recipient"),
}  # fmt: skip
_FILE = Rule(_("Kik no longer has the file (%(reason)s). Ask the customer to send it again."))


def reason_of(answer: Answer) -> str:
    """The status of HTTP, with Kik's words if it has any."""
    said = str(body_of(answer).get("message") or body_of(answer).get("error") or "")[:200].rstrip(".")
    return f"HTTP {answer.status}, {said}" if said else f"HTTP {answer.status}"


def error_of(answer: Answer) -> SendError:
    """The error for an answer that is none of success."""
    other = _AWAY if answer.status >= 500 else _MESSAGE
    found = _errors.from_table(TABLE, answer.status, other, reason=reason_of(answer))
    found.retry_after = _errors.retry_after(answer)
    return found


def file_error(answer: Answer) -> SendError:
    """The error for a file that does not come."""
    rule = _AWAY if answer.status == 429 or answer.status >= 500 else _FILE
    return _errors.from_table({}, None, rule, reason=f"HTTP {answer.status}")
