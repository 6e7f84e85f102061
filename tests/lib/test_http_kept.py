"""Connections that are kept from one call to the next, in one event loop."""

import asyncio
import socket
from collections.abc import Sequence

import pytest

from hubster.lib.http import Answer, NetworkError, Outgoing, ProtocolFailure, TooLarge, asend, close
from tests.lib.http_receivers import NAME, OK, Receiver, StartReceiver, policy, read_request

pytest_plugins = ["tests.lib.http_receivers"]


def calls(
    receiver: Receiver, count: int, repeatable: bool = True, **limits: object
) -> Sequence[Answer | BaseException]:
    """That many calls one after another, by name; each answer or failure."""

    same = policy(**limits)
    request = Outgoing("POST", receiver.url(host=NAME), body=b"x", repeatable=repeatable)

    async def make() -> list[Answer | BaseException]:
        found: list[Answer | BaseException] = []
        for _ in range(count):
            try:
                found.append(await asend(request, same))
            except NetworkError as failure:
                found.append(failure)
        await close()
        return found

    return asyncio.run(make())


class Connections:
    """Answers call after call on each connection, as its scripts say; `None` closes it without a word."""

    def __init__(self, *replies: "list[bytes | None]") -> None:
        self.replies, self.opened = list(replies), 0

    def __call__(self, connection: socket.socket, receiver: Receiver) -> None:
        mine = self.replies[min(self.opened, len(self.replies) - 1)]
        self.opened += 1
        for reply in mine:
            read_request(connection, receiver)
            if reply is None:
                return
            connection.sendall(reply)
        receiver.done.wait(10)


def test_the_next_call_takes_the_same_connection(start_receiver: StartReceiver) -> None:
    script = Connections([OK] * 3)
    found = calls(start_receiver(script), 3)
    assert [answer.status for answer in found] == [200] * 3
    assert script.opened == 1


def test_a_kept_connection_that_was_closed_meanwhile_is_no_failure(start_receiver: StartReceiver) -> None:
    script = Connections([OK, None], [OK])
    found = calls(start_receiver(script), 2)
    assert [answer.status for answer in found] == [200, 200]
    assert script.opened == 2


def test_a_new_connection_that_is_closed_without_an_answer_is_a_failure_and_is_not_tried_again(
    start_receiver: StartReceiver,
) -> None:
    script = Connections([None])
    (found,) = calls(start_receiver(script), 1)
    assert isinstance(found, ProtocolFailure)
    assert script.opened == 1


@pytest.mark.parametrize("part", [b"H", b"HTTP/1.1 200 OK\r\nContent-Le", OK[:-1]])
def test_a_call_whose_answer_breaks_off_on_a_kept_connection_is_not_made_again(
    start_receiver: StartReceiver, part: bytes
) -> None:
    def script(connection: socket.socket, receiver: Receiver) -> None:
        for reply in (OK, part):
            read_request(connection, receiver)
            connection.sendall(reply)

    receiver = start_receiver(script)
    found = calls(receiver, 2)
    assert isinstance(found[1], ProtocolFailure)
    assert len(receiver.requests) == 2


def test_cookies_of_one_call_are_not_sent_with_the_next(start_receiver: StartReceiver) -> None:
    setting = OK.replace(b"Content", b"Set-Cookie: session=s3cret; Path=/\r\nContent")
    receiver = start_receiver(Connections([setting] * 2))
    calls(receiver, 2)
    assert len(receiver.requests) == 2
    assert b"s3cret" not in b"".join(receiver.requests)


def test_every_call_on_a_kept_connection_may_receive_as_much(start_receiver: StartReceiver) -> None:
    body = b"x" * 60_000
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    script = Connections([reply] * 20)  # together more than the allowance of one
    found = calls(start_receiver(script), 20)
    assert [len(answer.body) for answer in found] == [60_000] * 20
    assert script.opened == 1


def test_an_answer_that_was_cut_ends_its_connection(start_receiver: StartReceiver) -> None:
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n" + b"x" * 500_000
    script = Connections([long], [OK])
    found = calls(start_receiver(script), 2, max_body=1000)
    assert [(answer.status, answer.truncated) for answer in found] == [(200, True), (200, False)]
    assert script.opened == 2


def test_calls_that_hang_leave_room_for_all_others(start_receiver: StartReceiver) -> None:
    hanging, well = (
        start_receiver(lambda connection, receiver: receiver.done.wait(10)),
        start_receiver(Connections([OK])),
    )

    async def make() -> Answer:
        stuck = [asyncio.create_task(asend(Outgoing("POST", hanging.url()), policy())) for _ in range(150)]
        answer = await asend(Outgoing("POST", well.url()), policy())
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)
        await close()
        return answer

    assert asyncio.run(make()).status == 200


@pytest.mark.parametrize("flood", [b"HTTP/1.1 103 X\r\nX: x\r\n\r\n" * 60_000])
def test_a_flood_on_a_kept_connection_is_cut_off_too(start_receiver: StartReceiver, flood: bytes) -> None:
    found = calls(start_receiver(Connections([OK, flood])), 2)
    assert isinstance(found[1], TooLarge)


def test_a_request_that_must_not_arrive_twice_has_a_connection_of_its_own(start_receiver: StartReceiver) -> None:
    script = Connections([OK, None], [OK])
    receiver = start_receiver(script)
    found = calls(receiver, 2, repeatable=False)
    assert [answer.status for answer in found] == [200] * 2
    assert (script.opened, len(receiver.requests)) == (2, 2)
