"""LINE's errors, as the closed list of reasons why a message did not arrive.

Source: developers.line.biz/en/reference/messaging-api/#status-codes and …/docs/messaging-api/handling-http-429-errors/.
"""

from django.utils.translation import gettext_lazy as _

from engine.adapters import _errors
from engine.adapters._errors import body_of
from engine.adapters._outcomes import Rule, SendError, Table
from hubster.lib.http import Answer

_MESSAGE = Rule(_("LINE refused the message (%(reason)s). Change it, and send it again."))

TABLE: Table = {
    "reply token": Rule(_("The customer's message can't be answered for free any more (%(reason)s). The answer is sent "
                          "as a push message; there is nothing to do."), retryable=True),
    "recipient": Rule(_("LINE can't reach the customer (%(reason)s). Wait until they write again."),
                      scope="recipient"),
    "quota": Rule(_("The month's allowance of messages is used up (%(reason)s). Wait for the next month, or change the "
                    "plan in LINE Official Account Manager. Answers within a minute still go."), scope="account"),
    400: _MESSAGE, 413: _MESSAGE, 415: _MESSAGE,
    401: Rule(_("LINE no longer accepts the channel access token (%(reason)s). Issue a new one at developers.line.biz, "
                "and enter it here."), scope="account", pauses=True),
    403: Rule(_("The LINE account may not send this (%(reason)s). Check the account's plan and its permissions at "
                "developers.line.biz."), scope="account"),
    429: Rule(_("LINE asks for fewer messages (%(reason)s). The message is sent later; there is nothing to do."),
              retryable=True, scope="account"),
    500: Rule(_("LINE has a fault of its own (%(reason)s). The message is tried again; there is nothing to do."),
              retryable=True, scope="endpoint"),
}  # fmt: skip
_KINDS = (
    (400, "invalid reply token", "reply token"), (400, "failed to send messages", "recipient"),
    (400, "'to'", "recipient"), (429, "monthly limit", "quota"),
)  # fmt: skip


def error_of(answer: Answer) -> SendError:
    """The error for an answer that is none of success."""
    said = str(body_of(answer).get("message") or f"HTTP {answer.status}")[:200]
    kinds = [kind for status, words, kind in _KINDS if answer.status == status and words in said.lower()]
    key = kinds[0] if kinds else 500 if answer.status >= 500 else answer.status
    found = _errors.from_table(TABLE, key, _MESSAGE, reason=said.rstrip("."))
    found.retry_after = _errors.retry_after(answer)
    return found
