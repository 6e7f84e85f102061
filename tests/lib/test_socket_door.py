"""The pages about the process that serves sockets: the application hears of no second body, and of the client's end."""

import asyncio
from typing import Any

from hubster.lib.socket_server.door import sockets_only


def heard(server_says: list[dict[str, Any]], reads: int) -> list[dict[str, Any]]:
    """What an application that reads so often hears where the server says this; `None` where it waits on."""
    found: list[Any] = []

    async def application(_scope: Any, receive: Any, _send: Any) -> None:
        for _ in range(reads):
            try:
                found.append(await asyncio.wait_for(receive(), 0.05))
            except TimeoutError:
                found.append(None)

    async def receive() -> dict[str, Any]:
        if server_says:
            return server_says.pop(0)
        return await asyncio.Future()

    async def send(_message: Any) -> None:
        raise AssertionError("nothing was answered")

    scope = {"type": "http", "path": "/healthz", "method": "GET"}
    asyncio.run(sockets_only(application)(scope, receive, send))
    return found


EMPTY = {"type": "http.request", "body": b"", "more_body": False}
GONE = {"type": "http.disconnect"}


def test_after_its_empty_body_nothing_is_heard_while_the_client_is_there():
    assert heard([EMPTY], 2) == [EMPTY, None]


def test_a_body_that_nobody_asked_for_is_thrown_away_and_the_end_is_heard():
    body = {"type": "http.request", "body": b"x" * 9, "more_body": True}
    assert heard([body, {**body, "more_body": False}, GONE], 2) == [EMPTY, GONE]
