"""Errors of the Graph API, as the closed list of reasons why a message did not arrive.

Source: developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes.
"""

import json
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from engine.adapters import _errors
from engine.adapters._errors import body_of
from engine.adapters._outcomes import Rule, SendError, Table
from hubster.lib.http import Answer

LEAST_NAMED = 1_000_000  # subcodes from here on mean the same under every code

CLOSED = Rule(
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
TESTERS = Rule(
    _("The app may write to its own admins and testers only (%(code)s). Have Meta review its permissions, and switch "
      "the app to live."),
    scope="recipient",
)  # fmt: skip
_HELD = Rule(
    _("Another app holds this conversation (%(code)s). Take it over in Meta's inbox, or let that app hand it over."),
    scope="recipient",
)  # fmt: skip
TOKEN = Rule(
    _("Meta no longer accepts the access token (%(code)s). Create a new one, and connect the channel again with it."),
    scope="account", pauses=True,
)  # fmt: skip
_RESTRICTED = Rule(
    _("Meta has restricted the account's messages for a time (%(code)s). See the account's quality page at Meta, and "
      "resume when it says that you may write."),
    retryable=True, scope="account", pauses=True,
)  # fmt: skip
BLOCKED = Rule(
    _("Meta blocks the account or the app for a breach of its policies (%(code)s). See Business Support at Meta, and "
      "resume when it is settled."),
    scope="account", pauses=True,
)  # fmt: skip
PERMISSION = Rule(
    _("The app lacks a permission for this (%(code)s). Check the app's permissions at Meta, and connect the channel "
      "again."),
    scope="account",
)  # fmt: skip
RATE = Rule(
    _("Meta's limit of calls is reached (%(code)s). The message is sent later; there is nothing to do."),
    retryable=True, scope="account",
)  # fmt: skip
TROUBLE = Rule(
    _("Meta has a fault of its own (%(code)s). The message is tried again; there is nothing to do."),
    retryable=True, scope="endpoint",
)  # fmt: skip
_FILE = Rule(_("Meta could not fetch the file (%(code)s). Check that its URL is public, and that it is at most 25 MB."))
MESSAGE = Rule(_("%(channel)s refused the message (%(code)s). Change it, and send it again."))

TABLE: Table = {
    1: TROUBLE, 2: TROUBLE, 1200: TROUBLE,
    4: RATE, 17: RATE, 32: RATE, 613: RATE, 80001: RATE, 80002: RATE, 80006: RATE, 80007: RATE,
    3: PERMISSION, 10: PERMISSION, 200: PERMISSION, 230: PERMISSION, 299: PERMISSION,
    100: MESSAGE,
    102: TOKEN, 104: TOKEN, 190: TOKEN, 2534041: TOKEN,
    368: BLOCKED, 2534029: BLOCKED,
    551: _AWAY, 1545041: _AWAY,
    1893063: _RESTRICTED, 2534122: _RESTRICTED,
    2018001: _UNKNOWN_PERSON, 2534014: _UNKNOWN_PERSON,
    2018007: _FILE, 2018008: _FILE, 2018047: _FILE, 2018109: _FILE,
    2018028: TESTERS,
    2018065: CLOSED, 2018278: CLOSED, 2534022: CLOSED,
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
    table: Table = field(default_factory=lambda: TABLE, repr=False)

    @property
    def key(self) -> int:
        """The row of the table."""
        return self.subcode if self.subcode >= LEAST_NAMED and self.subcode in self.table else self.code

    @property
    def is_of_token(self) -> bool:
        """True if the token itself is bad."""
        return self.key in (102, 190) or (not self.code and self.status == 401)

    @property
    def is_passing(self) -> bool:
        """True if the same call may do better a little later."""
        return self.rule.retryable and not self.rule.pauses

    @property
    def rule(self) -> Rule:
        """The row of the table; without one, the status decides."""
        if (found := self.table.get(self.key)) is not None:
            return found
        if self.is_of_token:
            return TOKEN
        if self.status == 429:
            return RATE
        return TROUBLE if self.is_transient or self.status >= 500 else MESSAGE

    def __str__(self) -> str:
        if not self.code:
            return f"HTTP {self.status}"
        return f"{self.code}/{self.subcode}" if self.subcode else str(self.code)

    def as_reason(self, channel: str) -> SendError:
        """The reason why a message did not arrive; `channel` is the name that people know."""
        return _errors.from_table(self.table, self.key, self.rule, channel=channel, code=self)


def error_of(answer: Answer, table: Table = TABLE) -> GraphError | None:
    """The error of an answer; None when the call did what it should."""
    error = body_of(answer).get("error")
    if isinstance(error, dict):
        return GraphError(
            answer.status, number_of(error.get("code")), number_of(error.get("error_subcode")),
            error.get("is_transient") is True, _PROOF in str(error.get("message")), table,
        )  # fmt: skip
    return None if 200 <= answer.status < 300 else GraphError(answer.status, table=table)


def send_error(error: GraphError, answer: Answer, channel: str) -> SendError:
    """The reason with the time to wait that the answer names."""
    made = error.as_reason(channel)
    if made.retryable:
        made.retry_after = _errors.retry_after(answer) or _regained(answer) or made.retry_after
    return made


def _regained(answer: Answer) -> float | None:
    """Seconds until calls are allowed again, of the header that tells how much of a limit is used; None without."""
    try:
        usage = json.loads(answer.headers["x-business-use-case-usage"])
        minutes = max(float(each["estimated_time_to_regain_access"]) for rows in usage.values() for each in rows)
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    return minutes * 60 or None


def number_of(value: object) -> int:
    """The number; 0 for what is none."""
    try:
        return int(str(value))
    except ValueError:
        return 0
