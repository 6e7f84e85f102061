"""The widget's script as it is served: its bytes, packed and plain, and the hashes that name and prove them."""

import base64
import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

DIST = Path(__file__).resolve().parent / "dist"
NAME = "hubster-webchat-1.0"
FOLDER = "/pub/scripts/webchat/"


@dataclass(frozen=True)
class Bundle:
    """One build of the widget."""

    plain: bytes
    packed: bytes
    version: str  # the first 12 hex digits of its SHA-256, which make its address immutable
    integrity: str  # for the `integrity` attribute of a host page

    @property
    def versioned_path(self) -> str:
        """The address that will never have other content."""
        return f"{FOLDER}{NAME}.{self.version}.min.js"


@lru_cache(maxsize=8)
def _read(path: Path, modified: int) -> Bundle:  # noqa: ARG001
    plain = path.read_bytes()
    integrity = "sha384-" + base64.b64encode(hashlib.sha384(plain).digest()).decode()
    version = hashlib.sha256(plain).hexdigest()[:12]
    return Bundle(plain, gzip.compress(plain, 9, mtime=0), version, integrity)


def _bundle(path: Path) -> Bundle:
    """Read once for each build: the file's time tells when there is a new one."""
    return _read(path, path.stat().st_mtime_ns)


def current() -> Bundle:
    """The build that the plain address serves: what paints the button."""
    return _bundle(DIST / f"{NAME}.min.js")


def core() -> Bundle:
    """The rest of it, loaded when the chat is wanted; pages ask for it by its versioned address."""
    return _bundle(DIST / f"{NAME}-core.min.js")


def find(version: str) -> Bundle | None:
    """The build of a version; older ones are there as long as their files are kept in `dist`."""
    builds = (_bundle(path) for path in sorted(DIST.glob(f"{NAME}*.min.js")))
    return next((build for build in builds if build.version == version), None)
