"""A text for many websockets: its frame is made once."""

from functools import cached_property


class SharedText:
    """A text, as an ASGI server takes it and as it goes over the wire."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def message(self) -> dict[str, str]:
        """For the `send` of any server."""
        return {"type": "websocket.send", "text": self.text}

    @cached_property
    def frame(self) -> bytes:
        """One whole frame without a mask, as servers send them (RFC 6455, 5.2)."""
        payload = self.text.encode()
        size = len(payload)
        if size < 126:
            return bytes([0x81, size]) + payload
        if size < 1 << 16:
            return b"\x81\x7e" + size.to_bytes(2, "big") + payload
        return b"\x81\x7f" + size.to_bytes(8, "big") + payload
