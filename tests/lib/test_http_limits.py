"""The limits of one call: the deadline over all its phases, the size of the answer, the cost of reading."""

import gzip
import ssl
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from hubster.lib.http import DeadlineExceeded, NetworkError, ProtocolFailure, TooLarge
from tests.lib.http_receivers import (
    NAME,
    OK,
    Script,
    StartReceiver,
    answering,
    dripping_handshake,
    hanging,
    over_tls,
    post,
    reading_slowly,
    repeating,
    with_body,
)

pytest_plugins = ["tests.lib.http_receivers"]

SHORT = 0.2
DRIP = 0.02
CAP = 1000
HEAD = b"HTTP/1.1 200 OK\r\n"
# More than both sides' socket buffers hold, so that sending it depends on a receiver that reads.
HUGE = bytes(24 * 1024 * 1024)

DRIPS = {
    "nothing": hanging,
    "status line": repeating(b"HTTP/1.1 200 O", b"K", DRIP),
    "one header": repeating(HEAD + b"X: ", b"x", DRIP),
    "many headers": repeating(HEAD, b"X: x\r\n", SHORT / 9),
    "interim answers": repeating(b"", b"HTTP/1.1 100 Continue\r\n\r\n", DRIP),
    "early hints": repeating(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", DRIP),
    "body": repeating(HEAD + b"Content-Length: 100000\r\n\r\n", b"x", DRIP),
    "body without end": repeating(HEAD + b"\r\n", b"x", DRIP),
    "chunks": repeating(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", DRIP),
    "chunk size": repeating(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0", DRIP),
    "empty gzip": repeating(HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b""), DRIP),
}


@pytest.mark.parametrize("script", DRIPS.values(), ids=DRIPS.keys())
def test_a_receiver_that_drips_ends_at_the_deadline(start_receiver: StartReceiver, script: Script) -> None:
    with pytest.raises(DeadlineExceeded) as caught:
        post(start_receiver(script).url(), deadline=SHORT)
    assert caught.value.may_have_arrived


@pytest.mark.parametrize("script", DRIPS.values(), ids=DRIPS.keys())
def test_a_receiver_that_drips_over_tls_ends_at_the_deadline(
    start_receiver: StartReceiver, receiver_tls: ssl.SSLContext, tls_authority: Path, script: Script
) -> None:
    receiver = start_receiver(over_tls(receiver_tls, script))
    with pytest.raises(DeadlineExceeded):
        post(receiver.url(host=NAME, scheme="https"), deadline=SHORT, ca_file=str(tls_authority))


@pytest.mark.parametrize("script", [hanging, dripping_handshake])
def test_a_tls_handshake_without_end_ends_at_the_deadline(start_receiver: StartReceiver, script: Script) -> None:
    with pytest.raises(DeadlineExceeded) as caught:
        post(start_receiver(script).url(host=NAME, scheme="https"), deadline=SHORT)
    assert not caught.value.may_have_arrived


@pytest.mark.parametrize("script", [hanging, reading_slowly])
def test_a_receiver_that_does_not_take_the_request_ends_at_the_deadline(
    start_receiver: StartReceiver, script: Script
) -> None:
    with pytest.raises(DeadlineExceeded):
        post(start_receiver(script).url(), HUGE, deadline=SHORT)


@pytest.mark.parametrize("script", [hanging, reading_slowly])
def test_a_receiver_that_does_not_take_the_request_over_tls_ends_at_the_deadline(
    start_receiver: StartReceiver, receiver_tls: ssl.SSLContext, tls_authority: Path, script: Script
) -> None:
    receiver = start_receiver(over_tls(receiver_tls, script))
    with pytest.raises(DeadlineExceeded):
        post(receiver.url(host=NAME, scheme="https"), HUGE, deadline=SHORT, ca_file=str(tls_authority))


def test_a_connection_that_is_never_taken_ends_at_the_deadline(full_queue: str) -> None:
    with pytest.raises(DeadlineExceeded) as caught:
        post(full_queue, deadline=SHORT)
    assert not caught.value.may_have_arrived


def test_a_look_up_without_end_ends_at_the_deadline() -> None:
    over = Event()

    def resolver(host: str, port: int) -> list[str]:
        over.wait()
        return []

    with pytest.raises(DeadlineExceeded) as caught:
        post(f"http://{NAME}/", deadline=SHORT, resolver=resolver)
    assert not caught.value.may_have_arrived
    over.set()


@pytest.mark.parametrize(("size", "truncated"), [(0, False), (CAP - 1, False), (CAP, False), (CAP + 1, True)])
def test_a_body_is_cut_at_the_cap_and_says_so(start_receiver: StartReceiver, size: int, truncated: bool) -> None:
    answer = post(start_receiver(with_body(b"x" * size)).url(), max_body=CAP)
    assert (answer.body, answer.truncated) == (b"x" * min(size, CAP), truncated)


@pytest.mark.parametrize(
    "script",
    [
        repeating(HEAD + b"\r\n", b"x" * 4096),
        repeating(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\nxxxxx\r\n"),
        repeating(HEAD + b"Content-Length: 9999999999\r\n\r\n", b"x" * 4096),
    ],
)
def test_a_body_without_end_is_read_no_further_than_the_cap(start_receiver: StartReceiver, script: Script) -> None:
    answer = post(start_receiver(script).url())
    assert (answer.body, answer.truncated) == (b"x" * 65536, True)


def test_a_body_in_the_smallest_chunks_is_read_whole(start_receiver: StartReceiver) -> None:
    chunks = b"1\r\nx\r\n" * 65536 + b"0\r\n\r\n"
    answer = post(start_receiver(answering(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)).url())
    assert (answer.body, answer.truncated) == (b"x" * 65536, False)


def test_a_compressed_answer_is_unpacked_although_nobody_asked_for_it(start_receiver: StartReceiver) -> None:
    answer = post(start_receiver(with_body(gzip.compress(b"hello"), "Content-Encoding: gzip")).url())
    assert (answer.body, answer.truncated) == (b"hello", False)


@contextmanager
def memory_below(limit: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [8_000_000, 60_000_000])
def test_a_compression_bomb_is_unpacked_no_further_than_the_cap(start_receiver: StartReceiver, size: int) -> None:
    receiver = start_receiver(with_body(gzip.compress(bytes(size)), "Content-Encoding: gzip"))
    with memory_below(2_000_000):
        answer = post(receiver.url())
    assert (answer.body, answer.truncated) == (bytes(65536), True)


@pytest.mark.parametrize("layers", [2, 50])
def test_layers_of_compression_are_refused(start_receiver: StartReceiver, layers: int) -> None:
    packed = gzip.compress(gzip.compress(b"hello"))
    receiver = start_receiver(with_body(packed, "Content-Encoding: " + ", ".join(["gzip"] * layers)))
    with pytest.raises(ProtocolFailure):
        post(receiver.url())


FLOODS = {
    "many headers": (repeating(HEAD, b"X: x\r\n"), ProtocolFailure),
    "one long header": (repeating(HEAD + b"X: ", b"x" * 4096), ProtocolFailure),
    "long headers": (repeating(HEAD, b"X: " + b"x" * 60_000 + b"\r\n"), TooLarge),
    "interim answers": (repeating(b"", b"HTTP/1.1 100 Continue\r\nX: x\r\n\r\n"), TooLarge),
    "long early hints": (repeating(b"", b"HTTP/1.1 103 Hints\r\nX: " + b"x" * 60_000 + b"\r\n\r\n"), TooLarge),
    "chunk size": (repeating(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 4096), TooLarge),
    "empty gzip": (repeating(HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"") * 100), TooLarge),
}


@pytest.mark.parametrize(("script", "error"), FLOODS.values(), ids=FLOODS.keys())
def test_a_flood_is_cut_off_long_before_the_deadline(
    start_receiver: StartReceiver, script: Script, error: type[NetworkError]
) -> None:
    receiver = start_receiver(script)
    with memory_below(8_000_000), pytest.raises(error):
        post(receiver.url(), deadline=60)


def test_trailing_headers_after_the_body_are_bounded_too(start_receiver: StartReceiver) -> None:
    receiver = start_receiver(repeating(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: x\r\n" * 500))
    with memory_below(8_000_000), pytest.raises(NetworkError):
        post(receiver.url(), deadline=60)


def test_one_call_does_not_use_up_the_limits_of_the_next(start_receiver: StartReceiver) -> None:
    receiver = start_receiver(answering(OK))
    assert [post(receiver.url(), max_body=2).body for _ in range(3)] == [b"ok"] * 3
