"""Files at public addresses, which may lead to other addresses."""

from collections.abc import Callable, Sequence
from urllib.parse import urljoin

from engine.adapters._outcomes import SendError
from hubster.lib.http import Answer, Outgoing

_MOST_REDIRECTS = 3


def next_request(url: str, answers: Sequence[Answer], error_of: Callable[[Answer], SendError]) -> Outgoing | None:
    """The next request that brings the file at an address; None when the last answer is the file."""
    if not answers:
        return Outgoing("GET", url)
    last = answers[-1]
    if last.status == 200:
        return None
    if 300 <= last.status < 400 and last.headers.get("location") and len(answers) <= _MOST_REDIRECTS:
        return Outgoing("GET", urljoin(url, last.headers["location"]))
    raise error_of(last)
