"""What one call through the network door sends, where it goes, and what it makes of the answer."""

import logging
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hubster.lib.http import (
    ConnectFailure,
    DnsFailure,
    NetworkError,
    Outgoing,
    ProtocolFailure,
    RefusedAddress,
    redacted,
    send,
)
from tests.lib.http_receivers import (
    CANARY,
    NAME,
    OK,
    RECEIVERS,
    StartReceiver,
    answering,
    echo,
    header_lines,
    over_tls,
    policy,
    post,
    resolving,
    with_body,
)

pytest_plugins = ["tests.lib.http_receivers"]

EVERY_OCTET = bytes(range(256)) * 40 + b"\r\n\r\n"


def test_an_answer_carries_status_headers_body_and_address(start_receiver: StartReceiver) -> None:
    receiver = start_receiver(answering(b"HTTP/1.1 418 No\r\nX-Two: a\r\nX-Two: b\r\nContent-Length: 3\r\n\r\ntea"))
    answer = post(receiver.url())
    assert (answer.status, answer.body, answer.truncated, answer.address) == (418, b"tea", False, RECEIVERS)
    assert answer.headers == {"x-two": "a, b", "content-length": "3"}
    assert answer.milliseconds >= 0


HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nX-Two: hint\r\n\r\n"
INTERIM = {
    "100": b"HTTP/1.1 100 Continue\r\n\r\n",
    "102": b"HTTP/1.1 102 Processing\r\n\r\n",
    "103": HINTS,
    "an unknown one": b"HTTP/1.1 199 Soon\r\n\r\n",
    "one without a reason": b"HTTP/1.1 102\r\n\r\n",
    "several": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + HINTS * 3,
    "many": b"HTTP/1.1 102 Processing\r\n\r\n" * 100,
}


@pytest.mark.parametrize("before", INTERIM.values(), ids=INTERIM.keys())
def test_interim_answers_are_not_the_answer(start_receiver: StartReceiver, before: bytes) -> None:
    receiver = start_receiver(answering(before, OK))
    answer = post(receiver.url())
    assert (answer.status, answer.body, answer.headers) == (200, b"ok", {"content-length": "2"})
    assert len(receiver.requests) == 1


def test_interim_answers_over_tls_are_not_the_answer(
    start_receiver: StartReceiver, receiver_tls: ssl.SSLContext, tls_authority: Path
) -> None:
    receiver = start_receiver(over_tls(receiver_tls, answering(HINTS, OK)))
    answer = post(receiver.url(host=NAME, scheme="https"), ca_file=str(tls_authority))
    assert (answer.status, answer.body) == (200, b"ok")


@pytest.mark.parametrize("sent", [INTERIM["102"], HINTS, HINTS + b"nonsense\r\n\r\n"])
def test_interim_answers_and_nothing_good_behind_them_are_no_answer(start_receiver: StartReceiver, sent: bytes) -> None:
    with pytest.raises(ProtocolFailure):
        post(start_receiver(answering(sent)).url())


def test_another_protocol_that_nobody_asked_for_is_a_wrong_answer(start_receiver: StartReceiver) -> None:
    assert post(start_receiver(answering(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")).url()).status == 101


def test_a_body_arrives_octet_for_octet(start_receiver: StartReceiver) -> None:
    receiver = start_receiver(answering(OK))
    post(receiver.url(), EVERY_OCTET)
    head, _, body = receiver.requests[0].partition(b"\r\n\r\n")
    assert body == EVERY_OCTET
    assert b"content-length: %d" % len(EVERY_OCTET) in header_lines(head)


def test_method_path_and_query_arrive_as_written(start_receiver: StartReceiver) -> None:
    receiver = start_receiver(answering(OK))
    send(Outgoing("DELETE", receiver.url("/a%2Fb;c/?q=1&q=%20&r")), policy())
    assert receiver.requests[0].startswith(b"DELETE /a%2Fb;c/?q=1&q=%20&r HTTP/1.1\r\n")


def test_the_host_header_is_the_name_in_the_url_and_not_the_address(start_receiver: StartReceiver) -> None:
    receiver = start_receiver(answering(OK))
    post(receiver.url(host=NAME.upper() + "."))
    assert f"host: {NAME}:{receiver.port}".encode() in header_lines(receiver.requests[0])


def test_headers_that_frame_the_request_cannot_be_set_from_outside(start_receiver: StartReceiver) -> None:
    receiver = start_receiver(answering(OK))
    forged = {
        "host": "evil.test",
        "Content-Length": "1",
        "Transfer-Encoding": "chunked",
        "Accept-Encoding": "gzip",
    }
    post(receiver.url(), b"body", {**forged, "X-Own": "kept"})
    lines = header_lines(receiver.requests[0])
    assert {
        b"x-own: kept",
        b"content-length: 4",
        b"accept-encoding: identity",
        b"user-agent: hubster",
    } <= set(lines)
    assert not [line for line in lines if b"evil" in line or b"chunked" in line or b"gzip" in line]


@pytest.mark.parametrize(
    ("method", "headers"), [("PO ST", {}), ("", {}), ("POST", {"X": "a\r\nY: b"}), ("POST", {"X": "语"})]
)
def test_a_request_that_http_does_not_allow_is_never_sent(
    canary: socket.socket, method: str, headers: dict[str, str]
) -> None:
    url = f"https://{CANARY}:{canary.getsockname()[1]}/"
    with pytest.raises(ProtocolFailure):
        send(Outgoing(method, url, headers), policy(allowed_networks=("127.0.2.0/24",)))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(
    start_receiver: StartReceiver, canary: socket.socket, status: int
) -> None:
    location = f"http://{CANARY}:{canary.getsockname()[1]}/"
    receiver = start_receiver(
        answering(f"HTTP/1.1 {status} Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())
    )
    answer = post(receiver.url(), allowed_networks=("127.0.0.0/8",))
    assert (answer.status, answer.headers["location"]) == (status, location)
    assert len(receiver.requests) == 1


def test_a_private_address_is_never_connected_to(canary: socket.socket) -> None:
    port = canary.getsockname()[1]
    for host in (CANARY, f"[::ffff:{CANARY}]", "127.0.513", NAME):
        with pytest.raises(RefusedAddress):
            post(f"http://{host}:{port}/", resolver=resolving(CANARY))


def test_a_name_that_changes_its_address_is_still_reached_at_the_checked_one(
    start_receiver: StartReceiver, canary: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = start_receiver(answering(OK))
    answers = [[RECEIVERS], [CANARY], [CANARY]]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: pytest.fail("a second look-up"))
    answer = post(receiver.url(host=NAME), resolver=lambda host, port: answers.pop(0))
    assert answer.address == RECEIVERS
    assert len(answers) == 2


@pytest.mark.parametrize(
    "addresses",
    [
        [RECEIVERS, CANARY],
        [CANARY, RECEIVERS],
        [RECEIVERS, "::1"],
        [RECEIVERS, "2606:4700::1111%lo"],
        ["::ffff:127.0.2.1"],
    ],
)
def test_one_private_address_among_several_refuses_the_name(
    start_receiver: StartReceiver, canary: socket.socket, addresses: list[str]
) -> None:
    receiver = start_receiver(answering(OK))
    with pytest.raises(RefusedAddress):
        post(receiver.url(host=NAME), resolver=resolving(*addresses))
    assert receiver.requests == []


def test_the_next_checked_address_is_tried_when_one_does_not_answer(start_receiver: StartReceiver) -> None:
    receiver = start_receiver(answering(OK))
    answer = post(receiver.url(host=NAME), resolver=resolving("127.0.1.9", RECEIVERS))
    assert answer.address == RECEIVERS


def test_a_receiver_that_does_not_listen_is_a_failed_connection(start_receiver: StartReceiver) -> None:
    receiver = start_receiver(answering(OK))
    with pytest.raises(ConnectFailure, match="refused"):
        post(receiver.url(host="127.0.1.9"))


@pytest.mark.parametrize("found", [[], ["not an address"], OSError("no such name"), UnicodeError("bad label")])
def test_a_name_without_addresses_is_a_failed_look_up(found: list[str] | Exception) -> None:
    def resolver(host: str, port: int) -> list[str]:
        if isinstance(found, Exception):
            raise found
        return found

    with pytest.raises(DnsFailure, match=NAME):
        post(f"http://{NAME}/", resolver=resolver)


def test_proxies_and_passwords_of_the_environment_are_ignored(
    start_receiver: StartReceiver, canary: socket.socket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://{CANARY}:{canary.getsockname()[1]}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    (tmp_path / "netrc").write_text(f"default login me password secret\nmachine {RECEIVERS} login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    receiver = start_receiver(answering(OK))
    assert post(receiver.url()).status == 200
    assert b"authorization" not in receiver.requests[0].lower()


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"HTTP/1.1 2",
        b"SSH-2.0-OpenSSH_9\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain",
    ],
)
def test_a_broken_answer_is_a_protocol_failure(start_receiver: StartReceiver, reply: bytes) -> None:
    with pytest.raises(ProtocolFailure):
        post(start_receiver(answering(reply)).url())


def test_no_error_or_log_line_shows_the_path_or_query(
    start_receiver: StartReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    malformed = b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 0\r\n\r\n"
    for reply in (OK, malformed, b"nonsense\r\n"):
        try:
            post(start_receiver(answering(reply)).url("/bot-s3cret/?key=s3cret"))
        except NetworkError as error:
            assert "s3cret" not in error.text + str(error)
    for url in (
        "http://127.0.0.1/?key=s3cret",
        "http://me:s3cret@example.com/",
        "http://example.com:22/s3cret",
    ):
        with pytest.raises(NetworkError) as refusal:
            post(url)
        assert "s3cret" not in refusal.value.text
    assert "s3cret" not in caplog.text + repr(Outgoing("POST", "http://x/s3cret", {"A": "s3cret"}, b"s3cret"))


def test_a_header_value_cannot_forge_a_log_line(start_receiver: StartReceiver) -> None:
    receiver = start_receiver(with_body(b"", "X-Folded: a\r\n b", "X-Odd: a\x1b[2Jb\x85c\xe2\x80\xa8d"))
    headers = post(receiver.url()).headers
    assert headers["x-folded"] == "a b"
    assert all(value.isprintable() for value in headers.values())


@pytest.mark.parametrize("line", ["X-Nul: a\x00b", "X Space: b", ": b"])
def test_a_header_that_http_does_not_allow_makes_no_answer(start_receiver: StartReceiver, line: str) -> None:
    with pytest.raises(ProtocolFailure):
        post(start_receiver(with_body(b"", line)).url())


def test_sixty_four_threads_each_get_their_own_answer(
    start_receiver: StartReceiver, receiver_tls: ssl.SSLContext, tls_authority: Path
) -> None:
    plain, secure = start_receiver(echo), start_receiver(over_tls(receiver_tls, echo))
    urls = [plain.url(host=NAME), secure.url(host=NAME, scheme="https")]

    def call(number: int) -> bool:
        body = b"%d " % number * 500
        return post(urls[number % 2], body, ca_file=str(tls_authority)).body == body

    with ThreadPoolExecutor(64) as pool:
        assert all(pool.map(call, range(256)))


def test_logs_get_headers_without_credentials_and_signatures() -> None:
    secret = [
        "Authorization",
        "Cookie",
        "set-cookie",
        "X-Hub-Signature-256",
        "webhook-signature",
        "X-API-Key",
        "X-Token",
    ]
    plain = {"Content-Type": "application/json", "webhook-id": "msg_1"}
    assert redacted({**dict.fromkeys(secret, "s3cret"), **plain}) == {**dict.fromkeys(secret, "***"), **plain}


def test_every_failure_has_its_own_kind() -> None:
    kinds = sorted(error.kind for error in NetworkError.__subclasses__())
    assert kinds == [
        "connect",
        "dns",
        "invalid_url",
        "protocol",
        "refused_address",
        "timeout",
        "tls",
        "too_large",
    ]


def test_a_failed_request_is_not_sent_a_second_time(start_receiver: StartReceiver) -> None:
    receiver = start_receiver(answering(b""))
    with pytest.raises(ProtocolFailure):
        post(receiver.url())
    assert len(receiver.requests) == 1
