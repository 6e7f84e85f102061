"""Limits of request bodies, applied before the application sees any of them.

Nobody has shown a token yet when a body arrives. So each path has its limit, what all requests hold together has one,
and so has what those of one network address hold. Up to `IN_MEMORY` bytes are kept in memory, the rest in a file.
"""

import ctypes
import gc
import re
import weakref
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from tempfile import SpooledTemporaryFile
from urllib.parse import unquote, urlsplit

from django.conf import settings

MB = 1_048_576
ROOM = MB  # bytes above the largest file, so that a file that is a little too large gets the answer for files
IN_MEMORY = 131_072  # bytes of one body
WORTH_TRIMMING = 32 * MB  # bytes of bodies after which memory is given back to the system
STEP = 16_384  # bytes that a body counts for at least, as its connection needs as many, and by which it grows
MOST_QUIET = 2_000  # connections between two requests, or at the head of one; above, the longest quiet one is closed
LINGER = 30  # seconds that a refused request is read on at most
LINGER_QUIET = 5  # seconds without a byte after which it is not
UPLOADS = 0.75  # of the room: uploads may take minutes, and what else arrives must not wait for them
_TAKES_FILES = re.compile(r"/inbound/.+/files/?")
_OF_PROVIDER = re.compile(r"/inbound/(customer|business)/v1/(?!direct/|web-chat/)[a-z-]+(/[^/]+){0,2}/?", re.I)
OF_PROVIDER = 4 * MB  # bytes of one webhook of a provider; WhatsApp's may have 3 MB


@dataclass(frozen=True)
class Refusal:
    """Why a request gets no further: the status, the table's digits and the text of its answer."""

    status: int
    digits: str
    text: str
    retry_after: int | None = None


BUSY = Refusal(503, "100", "Too many uploads are running. Try again in a moment.", 5)
FULL = Refusal(503, "100", "The server is busy and cannot take this request body. Try again later.", 60)
NO_TARGET = Refusal(400, "202", "The request line must name a path, or a whole http address without user and fragment.")


def takes_files(target: str) -> bool:
    """True for the addresses that accept an upload. `target` is what the request line says."""
    if "files" not in target and "%" not in target:
        return False
    return _TAKES_FILES.fullmatch(_path_of(target)) is not None


def _path_of(target: str) -> str:
    return unquote(urlsplit(target).path if "://" in target.partition("?")[0] else target.partition("?")[0])


def limit_of(target: str) -> int:
    """Bytes of the largest body that an address accepts."""
    if takes_files(target):
        return int(settings.HUBSTER_FILES_SIZE) + ROOM
    return OF_PROVIDER if _OF_PROVIDER.fullmatch(_path_of(target)) else int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def too_large(limit: int) -> Refusal:
    """The answer to a body over the limit."""
    return Refusal(413, "207", f"The body is too large: the limit is {limit // MB} MB.")


class _Held:
    """Bytes held by all bodies, and by those of each address. Used by the server's one thread only."""

    def __init__(self) -> None:
        self.all = 0
        self.since_trim = 0  # bytes taken
        self.by_address: Counter[str] = Counter()
        self.returned: deque[tuple[str, int]] = deque()  # filled by whichever thread closes a body

    def take(self, address: str, size: int, part: float) -> bool:
        """Count `size` more bytes; False, and nothing counted, where more than that part of the room is taken then."""
        self._settle()
        if self.all + size > settings.HUBSTER_BODIES_ALL * part:
            return False
        if self.by_address[address] + size > settings.HUBSTER_BODIES_ADDRESS * part:
            return False
        self.all += size
        self.since_trim += size
        self.by_address[address] += size
        return True

    def trim_is_due(self) -> bool:
        """True once after much has been held and given back."""
        self._settle()
        due = self.since_trim >= WORTH_TRIMMING and self.all < WORTH_TRIMMING
        if due:
            self.since_trim = 0
        return due

    def _settle(self) -> None:
        while self.returned:
            address, size = self.returned.popleft()
            self.all -= size
            self.by_address[address] -= size
            if not self.by_address[address]:
                del self.by_address[address]


held = _Held()


def trim_memory() -> None:
    """Give the system back what is free. The C library keeps it in each thread's arena, Python in cycles."""
    gc.collect()
    with suppress(AttributeError, OSError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)


@dataclass
class _Share:
    """The share of the limits that one body holds."""

    account: _Held
    address: str
    part: float  # of the limits, that may be taken when it grows
    size: int = 0

    def grow(self, size: int) -> bool:
        """Take what is missing to hold `size` bytes, in steps."""
        missing = max(1, -(-size // STEP)) * STEP - self.size
        if missing <= 0:
            return True
        granted = self.account.take(self.address, missing, self.part)
        self.size += missing if granted else 0
        return granted

    def release(self) -> None:
        self.account.returned.append((self.address, self.size))


class HeldBody(SpooledTemporaryFile[bytes]):
    """The body of one request as a file; what it takes of the limits ends with `close`, or with the object."""

    def __init__(self, address: str, is_upload: bool = False) -> None:
        super().__init__(max_size=IN_MEMORY)
        self.received = 0
        self._share = _Share(held, address, UPLOADS if is_upload else 1)
        self._release = weakref.finalize(self, self._share.release)

    def add(self, data: bytes) -> Refusal | None:
        """Keep a piece; the reason if it cannot be kept."""
        self.received += len(data)
        if not self._share.grow(self.received):
            return BUSY
        try:
            self.write(data)
        except OSError:
            return FULL
        return None

    def close(self) -> None:
        """Delete what is kept."""
        super().close()
        self._release()


class SmallBody(BytesIO):
    """A body that is known to be small, in memory; a file would cost more than all of its bytes."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.received = 0
        self._share: _Share | None = _Share(held, address, 1)

    def add(self, data: bytes) -> Refusal | None:
        """Keep a piece; the reason if it cannot be kept."""
        self.received += len(data)
        if self._share is None or not self._share.grow(self.received):
            return BUSY
        self.write(data)
        return None

    def close(self) -> None:
        """Forget it."""
        super().close()
        share, self._share = self._share, None
        if share:
            share.release()

    def __del__(self) -> None:
        self.close()


Body = HeldBody | SmallBody


def body_for(address: str, target: str, length: int | None) -> Body:
    """Room for the body of a request, whose length its client says, or does not (None)."""
    is_upload = takes_files(target)
    return HeldBody(address, is_upload) if is_upload or length is None or length > STEP else SmallBody(address)


def earned(body: Body | None, target: str, counted: int) -> tuple[float, Refusal]:
    """(seconds that the bytes since `counted` are worth, the answer when it is not one).

    Only an upload earns time, and at most as long as a request may take: one that came fast and stops is late, too.
    """
    most = settings.HUBSTER_REQUEST_DEADLINE
    if body is None or not takes_files(target):
        return 0, Refusal(408, "108", f"The request did not arrive within {most:g} seconds.")
    rate = settings.HUBSTER_UPLOAD_RATE
    text = f"The upload is too slow: at least {rate // 1024:g} KB a second must arrive."
    return min((body.received - counted) / rate, most), Refusal(408, "108", text)
