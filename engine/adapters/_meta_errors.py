"""Errors of the Graph API, as the closed list of reasons why a message did not arrive.

Source: developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes.
"""

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from engine.adapters import _errors
from engine.adapters._outcomes import Rule, SendError, Table
from hubster.lib.http import Answer

LEAST_NAMED = 1_000_000  # subcodes from here on mean the same under every code

_CLOSED = Rule(
    _("%(channel)s allows no message so long after the customer's last one (%(code)s). Wait until they write again."),
    scope="recipient", window_closed=True,
)  # fmt: skip
_AWAY = Rule(
    _("The customer can't be reached on %(channel)s: they blocked you or closed their account (%(code)s). Use another "
      "way to reach them."),
    scope="recipient", stops=True,
)  # fmt: skip
_UNKNOWN_PERSON = Rule(
    _("%(channel)s knows no such customer for this account (%(code)s). Wait until they write again."), scope="recipient"
)
_TESTERS = Rule(
    _("The app may write to its own admins and testers only (%(code)s). Have Meta review its permissions, and switch "
      "the app to live."),
    scope="recipient",
)  # fmt: skip
_HELD = Rule(
    _("Another app holds this conversation (%(code)s). Take it over in Meta's inbox, or let that app hand it over."),
    scope="recipient",
)  # fmt: skip
_TOKEN = Rule(
    _("Meta no longer accepts the access token (%(code)s). Create a new one, and connect the channel again with it."),
    scope="account", pauses=True,
)  # fmt: skip
_RESTRICTED = Rule(
    _("Meta has restricted the account's messages for a time (%(code)s). See the account's quality page at Meta, and "
      "resume when it says that you may write."),
    retryable=True, scope="account", pauses=True,
)  # fmt: skip
_BLOCKED = Rule(
    _("Meta blocks the account or the app for a breach of its policies (%(code)s). See Business Support at Meta, and "
      "resume when it is settled."),
    scope="account", pauses=True,
)  # fmt: skip
_PERMISSION = Rule(
    _("The app lacks a permission for this (%(code)s). Check the app's permissions at Meta, and connect the channel "
      "again."),
    scope="account",
)  # fmt: skip
_RATE = Rule(
    _("Meta's limit of calls is reached (%(code)s). The message is sent later; there is nothing to do."),
    retryable=True, scope="account",
)  # fmt: skip
_TROUBLE = Rule(
    _("Meta has a fault of its own (%(code)s). The message is tried again; there is nothing to do."),
    retryable=True, scope="endpoint",
)  # fmt: skip
_FILE = Rule(_("Meta could not fetch the file (%(code)s). Check that its URL is public, and that it is at most 25 MB."))
_MESSAGE = Rule(_("%(channel)s refused the message (%(code)s). Change it, and send it again."))

TABLE: Table = {
    1: _TROUBLE, 2: _TROUBLE, 1200: _TROUBLE,
    4: _RATE, 17: _RATE, 32: _RATE, 613: _RATE, 80001: _RATE, 80002: _RATE, 80006: _RATE, 80007: _RATE,
    3: _PERMISSION, 10: _PERMISSION, 200: _PERMISSION, 230: _PERMISSION, 299: _PERMISSION,
    100: _MESSAGE,
    102: _TOKEN, 104: _TOKEN, 190: _TOKEN, 2534041: _TOKEN,
    368: _BLOCKED, 2534029: _BLOCKED,
    551: _AWAY, 1545041: _AWAY,
    1893063: _RESTRICTED, 2534122: _RESTRICTED,
    2018001: _UNKNOWN_PERSON, 2534014: _UNKNOWN_PERSON,
    2018007: _FILE, 2018008: _FILE, 2018047: _FILE, 2018109: _FILE,
    2018028: _TESTERS,
    2018065: _CLOSED, 2018278: _CLOSED, 2534022: _CLOSED,
    2534037: _HELD,
}  # fmt: skip
_PROOF = "appsecret_proof"


@dataclass(frozen=True)
class GraphError:
    """An error of the Graph API. `code` is 0 where an answer has none, so that only its status tells anything."""

    status: int
    code: int = 0
    subcode: int = 0
    is_transient: bool = False
    is_of_proof: bool = False  # the app's secret does not fit the token

    @property
    def key(self) -> int:
        """The row of the table."""
        return self.subcode if self.subcode >= LEAST_NAMED and self.subcode in TABLE else self.code

    @property
    def is_of_token(self) -> bool:
        """True if the token itself is bad."""
        return self.key in (102, 190) or (not self.code and self.status == 401)

    @property
    def is_passing(self) -> bool:
        """True if the same call may do better a little later."""
        return self.rule in (_RATE, _TROUBLE)

    @property
    def rule(self) -> Rule:
        """The row of the table; without one, the status decides."""
        if (found := TABLE.get(self.key)) is not None:
            return found
        if self.status == 429:
            return _RATE
        return _TROUBLE if self.is_transient or self.status >= 500 else _MESSAGE

    def __str__(self) -> str:
        if not self.code:
            return f"HTTP {self.status}"
        return f"{self.code}/{self.subcode}" if self.subcode else str(self.code)


def body_of(answer: Answer) -> dict[str, Any]:
    """The object of an answer; empty when it is none."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def error_of(answer: Answer) -> GraphError | None:
    """The error of an answer; None when the call did what it should."""
    error = body_of(answer).get("error")
    if isinstance(error, dict):
        return GraphError(
            answer.status, _number(error.get("code")), _number(error.get("error_subcode")),
            error.get("is_transient") is True, _PROOF in str(error.get("message")),
        )  # fmt: skip
    return None if 200 <= answer.status < 300 else GraphError(answer.status)


def send_error(error: GraphError, answer: Answer, channel: str) -> SendError:
    """The reason why a message did not arrive; `channel` is the name that people know."""
    made = _errors.from_table(TABLE, error.key, error.rule, channel=channel, code=error)
    if made.retryable:
        made.retry_after = _errors.retry_after(answer) or _regained(answer)
    return made


def _regained(answer: Answer) -> float | None:
    """Seconds until calls are allowed again, of the header that tells how much of a limit is used; None without."""
    try:
        usage = json.loads(answer.headers["x-business-use-case-usage"])
        minutes = max(float(each["estimated_time_to_regain_access"]) for rows in usage.values() for each in rows)
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    return minutes * 60 or None


def _number(value: object) -> int:
    """The number; 0 for what is none."""
    try:
        return int(str(value))
    except ValueError:
        return 0
