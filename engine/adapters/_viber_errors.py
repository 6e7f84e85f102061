"""Viber's status numbers, as the closed list of reasons why a message did not arrive. HTTP says 200 to all of them.

Source: creators.viber.com/docs/bots-api/errors.
"""

from django.utils.translation import gettext_lazy as _

from engine.adapters import _errors
from engine.adapters._errors import body_of
from engine.adapters._outcomes import Rule, SendError, Table
from hubster.lib.http import Answer

OK, BAD_URL, BAD_TOKEN, BUSY = 0, 1, 2, 12
_MESSAGE = Rule(_("Viber refused the message (%(reason)s). Change it, and send it again."))
_TOKEN = Rule(_("Viber no longer accepts the authentication token (%(reason)s). Copy it again from the bot's page in "
                "Viber, and save it in the integration."), scope="account", pauses=True)  # fmt: skip
_GONE = Rule(_("The customer is not subscribed to the bot (%(reason)s). Nothing more is sent until they write again."),
             scope="recipient", stops=True)  # fmt: skip
_BLOCKED = Rule(_("Viber has blocked or suspended the bot (%(reason)s). Write to Viber's support, and resume when it "
                  "is settled."), scope="account", pauses=True)  # fmt: skip
_DEVICE = Rule(_("The customer's Viber is too old for this message (%(reason)s). Send it as plain text, or ask them to "
                 "update Viber."), scope="recipient")  # fmt: skip
_FORBIDDEN = Rule(_("The bot may not send this (%(reason)s). Ask Viber's support to allow it."))
_AWAY = Rule(_("Viber has a fault of its own (%(reason)s). The message is tried again; there is nothing to do."),
             retryable=True, scope="endpoint")  # fmt: skip
_LATER = Rule(_("Viber asks for fewer messages (%(reason)s). The message is sent later; there is nothing to do."),
              retryable=True, scope="account")  # fmt: skip

TABLE: Table = {
    BAD_URL: _MESSAGE, BAD_TOKEN: _TOKEN, 3: _MESSAGE, 4: _MESSAGE, 5: _GONE, 6: _GONE, 7: _BLOCKED, 8: _TOKEN,
    9: _BLOCKED,
    10: Rule(_("Viber does not know where to send the customer's answers (%(reason)s). Save the integration again, "
               "which tells Viber the address."), scope="account", pauses=True),
    11: _DEVICE,
    # A hundred messages an hour to a customer who does not answer: nobody else has to wait for that.
    BUSY: Rule(_("Viber takes only so many messages to a customer who does not answer (%(reason)s). The message is "
                 "sent later; there is nothing to do."), retryable=True, scope="recipient"),
    13: _DEVICE, 14: _MESSAGE,
    15: Rule(_("Viber has not authorized the bot (%(reason)s). Write to Viber's support, and resume when it is "
               "settled."), scope="account", pauses=True),
    16: _FORBIDDEN, 17: _FORBIDDEN, 18: _FORBIDDEN, 19: _FORBIDDEN, 20: _FORBIDDEN,
    21: _FORBIDDEN, 22: _MESSAGE, 23: _FORBIDDEN, 24: _FORBIDDEN,
}  # fmt: skip
_FAILED = Rule(_("Viber took the message but could not show it to the customer (%(reason)s). Change it, and send it "
                 "again."))  # fmt: skip
_FILE = Rule(_("Viber no longer has the file (%(reason)s). Ask the customer to send it again."))


def status_of(answer: Answer) -> int | None:
    """Viber's status number; None where Viber itself did not answer."""
    status = body_of(answer).get("status")
    return status if answer.status == 200 and isinstance(status, int) else None


def reason_of(answer: Answer) -> str:
    """Viber's words for a status, or the status of HTTP."""
    said = str(body_of(answer).get("status_message") or "") if answer.status == 200 else ""
    return said[:200].rstrip(".") or f"HTTP {answer.status}"


def error_of(answer: Answer) -> SendError:
    """The error for an answer that is none of success."""
    status, reason = status_of(answer), reason_of(answer)
    if status is None:
        rule = _LATER if answer.status == 429 else _AWAY
        found = _errors.from_table({}, None, rule, reason=reason)
        found.retry_after = _errors.retry_after(answer)
        return found
    return _errors.from_table(TABLE, status, _MESSAGE, reason=f"{status}, {reason}")


def failure(reason: str) -> SendError:
    """The error of a message that failed on the customer's device, which Viber tells later."""
    return _errors.from_table({}, None, _FAILED, reason=reason[:200].rstrip(".") or "?")


def file_error(answer: Answer) -> SendError:
    """The error for a file that does not come."""
    rule = _AWAY if answer.status == 429 or answer.status >= 500 else _FILE
    return _errors.from_table({}, None, rule, reason=f"HTTP {answer.status}")
