"""Values that pass between a channel and whoever connects it to its provider."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hubster.lib.http import Answer, Outgoing

Ask = Callable[[Outgoing], Answer]  # a call of the provider while somebody waits; raises NetworkError


@dataclass(frozen=True)
class Connected:
    """A provider agreed. `account` is its name for what was connected (a page, a number, a bot), used once in all hubs.

    `configuration` is what is stored, with what the provider added; `said` is one sentence for the person who waits.
    """

    account: str
    configuration: Mapping[str, Any]
    said: str = ""
    lasts: int | None = None  # seconds for which the tokens are good; None: until somebody revokes them


MOST_COUNTED = 10**12  # messages of a month


@dataclass(frozen=True)
class Allowance:
    """Messages that a provider takes in a month (None: any number), and those that it has counted.

    Raises ValueError for what counts no messages.
    """

    most: int | None
    used: int

    def __post_init__(self) -> None:
        if not all(0 <= count <= MOST_COUNTED for count in (self.most or 0, self.used)):
            raise ValueError("no number of messages")


class Refused(Exception):
    """A provider does not take the configuration: the property at fault, and what to do."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field, self.text = field, text
