"""The body of an answer: unpacked where it is packed, and read no further than its cap."""

import zlib
from collections.abc import AsyncIterator

_WINDOW_BITS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class BrokenBody(Exception):
    """The body is not what its header says."""


async def read_capped(chunks: AsyncIterator[bytes], encoding: str, limit: int) -> tuple[bytes, bool]:
    """At most `limit` octets of the unpacked body, and whether there were more. Raises BrokenBody.

    We ask for plain answers; who packs one all the same is understood, unless it is packed twice.
    """
    unpack = _Unpacking(encoding)
    body = bytearray()
    async for chunk in chunks:
        for part in unpack.parts(chunk, limit + 1):
            body += part
            if len(body) > limit:
                return bytes(body[:limit]), True
    unpack.check_ended()
    return bytes(body), False


class _Unpacking:
    """Unpacks one of the encodings that we know; everything else is taken as it is."""

    def __init__(self, encoding: str) -> None:
        names = [name for name in encoding.lower().replace(" ", "").split(",") if name and name != "identity"]
        if len(names) > 1:
            raise BrokenBody
        self.bits = _WINDOW_BITS.get(names[0]) if names else None
        self.packed = zlib.decompressobj(self.bits) if self.bits else None
        self.begun = False

    def parts(self, chunk: bytes, most: int) -> "list[bytes]":
        """The unpacked octets of a chunk, at most about `most` of them: a small chunk may hold gigabytes."""
        if self.packed is None or self.bits is None:
            return [chunk]
        found, size, rest = [], 0, chunk
        try:
            while rest and size < most:
                if self.packed.eof:  # archives may follow one another
                    self.packed = zlib.decompressobj(self.bits)
                part = self.packed.decompress(rest, most - size)
                rest = self.packed.unconsumed_tail or self.packed.unused_data
                self.begun = True
                found.append(part)
                size += len(part)
        except zlib.error:
            raise BrokenBody from None
        return found

    def check_ended(self) -> None:
        """Raises BrokenBody where the end is missing."""
        if self.packed is not None and self.begun and not self.packed.eof:
            raise BrokenBody
