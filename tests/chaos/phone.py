"""A client's HTTP connection, kept open and replaced when it is lost; light, because clients share our cores."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

Lost = (OSError, http.client.HTTPException)
TIMEOUT = 20.0  # seconds


class Phone:
    """Talks to one of several addresses; `hang_up` makes the next call go to the next one."""

    def __init__(self, bases: list[str], token: str, turn: int = 0) -> None:
        self.bases, self.turn = bases, turn
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.line: http.client.HTTPConnection | None = None
        self.calls = 0  # on the present connection

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """(status, JSON of the answer); raises one of `Lost` when there is none."""
        if self.line is None:
            place = urlsplit(self.bases[self.turn % len(self.bases)])
            self.line, self.calls = http.client.HTTPConnection(place.hostname or "", place.port, timeout=TIMEOUT), 0
        given = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        self.line.request(method, path, json.dumps(body) if body is not None else None, given)
        answer = self.line.getresponse()
        content = answer.read()
        self.calls += 1
        try:
            return answer.status, json.loads(content)
        except ValueError:
            return answer.status, content.decode("utf-8", "replace")

    def hang_up(self) -> bool:
        """Drop the connection and take the next address; whether calls had been answered on it."""
        used = self.calls > 0
        if self.line:
            self.line.close()
        self.line, self.calls, self.turn = None, 0, self.turn + 1
        return used
