"""Texts of sockets: JSON that every client can read."""

import json
from collections.abc import Callable
from typing import Any

Wrap = Callable[[str], str]  # what a protocol puts around an activity


def json_text(value: Any) -> str:
    """JSON that UTF-8 can carry: half a surrogate, which only a client's text can hold, becomes a question mark."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace").decode()
