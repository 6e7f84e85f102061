"""WebChat: the widget on the business's pages, always by socket.

The surprise: it always echoes, because the echo is how other tabs of the visitor learn what was typed in one.
"""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator

from engine.adapters._base import Adapter
from engine.adapters._start import StartMessages

_HOST = r"(localhost|[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+|\d{1,3}(\.\d{1,3}){3})"
_ENTRY = re.compile(rf"{_HOST}|(?P<scheme>https?)://{_HOST}(?::(?P<port>[0-9]{{1,5}}))?")
_USUAL_PORTS = {"http": "80", "https": "443"}  # browsers leave them out of the header that is compared


def _entry(value: str) -> str:
    value = value.strip().lower().rstrip("/")
    if "*" in value:
        raise ValueError("format|wildcards are not supported; give each domain by its full name.")
    found = _ENTRY.fullmatch(value)
    if not found:
        text = "give a domain such as shop.example.com, or an origin such as https://shop.example.com."
        raise ValueError(f"format|{text}")
    if found["port"] and not 0 < int(found["port"]) < 65536:
        raise ValueError("format|the port must be from 1 to 65535.")
    if found["port"] and found["port"] == _USUAL_PORTS[found["scheme"]]:
        return value.rpartition(":")[0]
    return value


class Config(StartMessages):
    """`allowedOrigins`: bare domains (https, default port) or full origins."""

    allowed_origins: list[Annotated[str, Field(max_length=300), AfterValidator(_entry)]] = Field(
        min_length=1, max_length=100
    )
    echo: bool = True

    @field_validator("echo")
    @classmethod
    def _always(cls, value: bool) -> bool:
        return True  # whatever is asked for, so that answers tell what happens

    @field_validator("allowed_origins")
    @classmethod
    def _each_once(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))


class WebChat(Adapter):
    """Facts of the WebChat channel."""

    name = "WebChat"
    number = 106
    types = ("Customer",)
    config = Config

    def on_socket(self, config: dict[str, Any]) -> bool:
        """Always."""
        return True

    def echoes(self, config: dict[str, Any]) -> bool:
        """Always."""
        return True


def origin_allowed(origin: str, allowed: list[str]) -> bool:
    """Whether an `Origin` header is one of the allowed ones, compared exactly.

    A bare domain means that host over https on the default port; `localhost` and `127.0.0.1` also mean http
    on any port. A full origin means itself.
    """
    match = re.fullmatch(r"(https?)://([a-z0-9.-]+)(?::(\d{1,5}))?", origin)
    if not match:
        return False
    scheme, host, port = match.groups()
    for entry in allowed:
        if "://" in entry:
            if entry == origin:
                return True
        elif entry == host and ((scheme == "https" and not port) or host in ("localhost", "127.0.0.1")):
            return True
    return False


ADAPTER = WebChat()
