"""The result of a request to a channel: `Sent`, or one of the closed list of reasons why it did not arrive."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Scope = Literal["message", "recipient", "account", "endpoint"]


@dataclass(frozen=True)
class Sent:
    """The channel took a request; `ids` are its names for the messages, by which receipts and replies tell of them."""

    ids: tuple[str, ...] = ()
    moved_to: tuple[str, str] | None = None  # (scope, value): the address that the provider says is the recipient's
    segments: int = 0  # text messages that the provider counts this as, where it says so
    thread: tuple[str, str] | None = None  # (place, key) of the thread that it stands in, on a channel of agents


@dataclass
class SendError(Exception):
    """An attempt did not arrive: one of the closed list in `_errors.py`.

    `scope` is whose fault it is: only one of the endpoint, or of the account, tells anything about other recipients.
    `pauses`: nothing more goes out through the integration until somebody mends the cause. `stops`: the recipient
    wants, or can get, nothing more. `retry_after`: seconds, where the provider names them.
    """

    code: str
    text: str
    retryable: bool
    gone: bool = False  # the endpoint says that it will never take anything again
    scope: Scope = "endpoint"
    pauses: bool = False
    stops: bool = False
    retry_after: float | None = None
    window_closed: bool = False

    def __str__(self) -> str:
        return f"{self.text} (code: {self.code})"


@dataclass(frozen=True)
class Rule:
    """One line of a provider's table of errors, see `_errors.from_table`."""

    text: "StrOrPromise"  # in words, for who reads the ledger
    retryable: bool = False
    scope: Scope = "message"
    pauses: bool = False
    stops: bool = False
    window_closed: bool = False
    retry_after: float | None = None


Table = Mapping[object, Rule]
