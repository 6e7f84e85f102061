"""A request while it arrives, and what the application is told about it (PEP 3333)."""

import sys
from functools import lru_cache
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

from hubster.lib.body_limits import Body, Refusal
from hubster.lib.middleware import REFUSAL, client_address, network_of
from hubster.lib.request_target import BadTarget, origin_form

_SAME_FOR_ALL = {
    "SCRIPT_NAME": "", "SERVER_SOFTWARE": "hubster", "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
    "wsgi.errors": sys.stderr, "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
}  # fmt: skip
_OWN_NAMES = {"CONTENT_TYPE", "CONTENT_LENGTH"}


class Place(Protocol):
    """Both ends of a connection."""

    peer: tuple[str, int]
    here: tuple[str, int]


class Incoming:
    """A request: what has arrived of it so far."""

    def __init__(self) -> None:
        self.method, self.version, self.target = "", "1.1", b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.forwarded: list[str] = []
        self.length: int | None = 0  # bytes of its body, as its client says; None: it comes in chunks
        self.asks_to_go_on = self.wants_socket = False
        self.limit: int | None = None  # bytes of its body; None: the head has not come whole
        self.body: Body | None = None
        self.refusal: Refusal | None = None
        self.keeps_open = False  # another request may follow on the connection
        self.counted = 0  # bytes of the body that have earned their time

    @property
    def path(self) -> str:
        """The target as text."""
        return self.target.decode("latin-1")

    def add_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, and what it says to the server."""
        self.headers.append((name, value))
        name = name.lower()
        if name == b"content-length":
            self.length = int(value)  # the parser has made sure that it is a number
        elif name == b"transfer-encoding":
            self.length = None
        elif name == b"expect":
            self.asks_to_go_on = True
        elif name == b"upgrade":
            self.wants_socket = b"websocket" in value.lower()
        elif name == b"x-forwarded-for":
            self.forwarded.append(value.decode("latin-1"))

    def network(self, peer: str) -> str:
        """The network address that counts for its sender."""
        return network_of(client_address(peer, ",".join(self.forwarded)))

    def has_good_target(self) -> bool:
        """Bring the target into its short form; a host in it counts instead of the header. False: it names nothing."""
        try:
            self.target, host = origin_form(self.method.encode("latin-1"), self.target)
        except BadTarget:
            self.target = b"/"
            return False
        if host is not None:
            self.headers = [(b"Host", host), *((key, value) for key, value in self.headers if key.lower() != b"host")]
        return True

    def environ(self, place: Place) -> dict[str, Any]:
        """The application's view of it, when it has arrived or was refused."""
        path, _, query = self.target.partition(b"?")
        taken = self.body if self.refusal is None else None
        found: dict[str, Any] = {
            **_SAME_FOR_ALL,
            "REQUEST_METHOD": self.method,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query.decode("latin-1"),
            "SERVER_PROTOCOL": f"HTTP/{self.version}",
            "REMOTE_ADDR": place.peer[0],
            "REMOTE_PORT": str(place.peer[1]),
            "SERVER_NAME": place.here[0],
            "SERVER_PORT": str(place.here[1]),
            REFUSAL: self.refusal,
            "wsgi.input": BytesIO() if taken is None else taken,
        }
        for name, value in self.headers:
            key = _key(name)
            if key in found:
                found[key] += ("; " if key == "HTTP_COOKIE" else ",") + value.decode("latin-1")
            elif key:
                found[key] = value.decode("latin-1")
        found["CONTENT_LENGTH"] = str(0 if taken is None else taken.received)  # also of one that came in chunks
        return found


@lru_cache(maxsize=1_000)
def _key(name: bytes) -> str:
    """A header's name for the application; '' for one with an underscore, which could pass for another one."""
    if b"_" in name:
        return ""
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key in _OWN_NAMES else f"HTTP_{key}"
