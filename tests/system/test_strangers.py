"""Those who show no token: their bodies do not fill the memory, and they hold no connection for long."""

import http.client
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import live as living
from tests.services import NotHere, free_port, wait_until

MB = 1_048_576
FILES = "/inbound/customer/v1/web-chat/00000000-0000-0000-0000-000000000001/files"
SERVERS = ["demo", "http"]
ROOM = 100  # MB that the process may grow by; kept in memory, the bodies below would be 500


def running(folder, **limits):
    """A process with these limits, until the tests are over."""
    port = free_port()
    made = living.Node("demo", ["manage.py", "demo"], living.environment(folder, port, **limits), folder / "log", port)
    made.start()
    wait_until("it answers", lambda: ask(made, "/healthz", method="GET")[0] == 200)
    yield made
    made.stop(10)


def serving(kind, folder, **limits):
    """The single process, or production's for HTTP."""
    if kind == "demo":
        yield from running(folder, **limits)
        return
    try:
        with living.split(**limits) as made:
            yield made.http
    except NotHere as missing:
        pytest.skip(f"{missing} is not installed")


@pytest.fixture(scope="module", params=SERVERS)
def node(request, tmp_path_factory):
    """A process as it is."""
    yield from serving(request.param, tmp_path_factory.mktemp("strangers"))


@pytest.fixture(scope="module", params=SERVERS)
def hasty(request, tmp_path_factory):
    """A process that gives a request three seconds."""
    yield from serving(request.param, tmp_path_factory.mktemp("hasty"), HUBSTER_REQUEST_DEADLINE="3")


def ask(node, path, body=b"", method="POST", chunked=False):
    """Status, headers and body of the answer; all of the body is sent before anything is read."""
    link = http.client.HTTPConnection("127.0.0.1", node.port, timeout=60)
    pieces = (body[n : n + 65_536] for n in range(0, len(body), 65_536))
    link.request(method, path, body=pieces if chunked else body, encode_chunked=chunked)
    answer = link.getresponse()
    try:
        return answer.status, answer.headers, answer.read()
    finally:
        link.close()


def memory(node):
    """Megabytes that the process has in memory."""
    lines = Path(f"/proc/{node.serving}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) // 1024


@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "in chunks"])
@pytest.mark.parametrize(
    "path", ["/connect/token", "/api/v1/hubs", "/engine-chat-hub/negotiate", "/admin/login/", FILES]
)
def test_bodies_of_strangers_do_not_fill_the_memory_and_each_is_answered(node, path, chunked):
    before, body = memory(node), b"x" * 17 * MB
    with ThreadPoolExecutor(31) as people:
        answers = [people.submit(ask, node, path, body, chunked=chunked) for _ in range(30)]
        assert ask(node, "/healthz", method="GET")[0] == 200
        peak = memory(node)
        seen = Counter(answer.result()[0] for answer in answers)
    assert set(seen) <= ({413, 503} if path == FILES else {413})
    assert seen[413]
    assert max(peak, memory(node)) < before + ROOM
    assert answers[0].result()[1]["Connection"] == "close"


def test_too_many_uploads_at_once_are_told_when_to_come_again_and_the_next_is_taken(node):
    with ThreadPoolExecutor(20) as people:
        answers = list(people.map(lambda _: ask(node, FILES, b"x" * 9 * MB), range(20)))
    assert {status for status, _, _ in answers} == {401, 503}
    assert {headers["Retry-After"] for status, headers, _ in answers if status == 503} == {"5"}
    assert ask(node, FILES, b"x" * 9 * MB)[0] == 401


def test_memory_comes_back(node):
    before, body = memory(node), b"grant_type=" + b"x" * (MB - 1000)
    with ThreadPoolExecutor(60) as people:
        assert set(people.map(lambda _: ask(node, "/connect/token", body)[0], range(60))) <= {400, 503}
    wait_until("memory is back", lambda: memory(node) < before + 50, 30, every=0.5)


@pytest.mark.parametrize("begin", [
    b"POST /connect/tok", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ",
    b"POST /connect/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n",
    f"POST {FILES} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n".encode(),
    b"POST /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n3",
])  # fmt: skip
def test_a_connection_that_trickles_is_ended(hasty, begin):
    with socket.create_connection(("127.0.0.1", hasty.port), 30) as link:
        link.settimeout(0.2)
        link.sendall(begin)
        heard, until = b"", time.monotonic() + 30
        while time.monotonic() < until and b"\r\n\r\n" not in heard:
            try:
                heard += link.recv(4096)
            except TimeoutError:
                link.sendall(b"0")
        assert heard.startswith(b"HTTP/1.1 408 ")


def test_an_upload_that_is_slow_but_steady_gets_its_answer(hasty):
    with socket.create_connection(("127.0.0.1", hasty.port), 30) as link:
        link.sendall(f"POST {FILES} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500000\r\n\r\n".encode())
        began, left = time.monotonic(), 500_000
        while time.monotonic() < began + 5:
            link.sendall(b"x" * 10_000)
            left -= 10_000
            time.sleep(0.2)
        link.sendall(b"x" * left)
        assert link.recv(4096).startswith(b"HTTP/1.1 401 ")
