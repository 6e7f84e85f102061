"""Windows: how long after the customer's last message one may write, and who."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.activity import AUTHOR_TYPES


@dataclass(frozen=True)
class Window:
    """A time after the customer's last message in which these authors may write, under the provider's `tag`."""

    seconds: int
    authors: frozenset[str] = frozenset(AUTHOR_TYPES)
    tag: str = ""


def open_window(windows: Sequence[Window], last_said: int, now: int, author: str) -> Window | None:
    """The first window that is open for an author at `now` (seconds); `last_said` in milliseconds."""
    for window in windows:
        if last_said and now < last_said / 1_000 + window.seconds and author in window.authors:
            return window
    return None


def end_of_windows(windows: Sequence[Window], last_said: int, author: str) -> int | None:
    """The millisecond from which an author may write no more; None where nothing was said, or they never may."""
    spans = [window.seconds for window in windows if author in window.authors]
    return last_said + max(spans) * 1_000 if last_said and spans else None
