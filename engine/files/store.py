"""Where the bytes of files are: the storage `files` of the settings, a local folder or an S3 bucket."""

import logging
import os
import secrets
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from django.core.files import File as Opened
from django.core.files.storage import FileSystemStorage, Storage, storages

log = logging.getLogger("engine.files")


class StorageAway(Exception):
    """The disk or the bucket does not take anything now."""


class Folder(FileSystemStorage):
    """A local folder in which a file is on the disk before anybody is told that it is there."""

    def _save(self, name: str, content: Any) -> str:
        saved = str(super()._save(name, content))  # type: ignore[misc]
        path = Path(self.path(saved))
        for place in (path, path.parent, path.parent.parent):
            descriptor = os.open(place, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        return saved


def _storage() -> Storage:
    return storages["files"]


def folder() -> Path | None:
    """The local folder; None stands for a storage elsewhere, or in memory."""
    storage = _storage()
    return Path(storage.location) if isinstance(storage, Folder) else None


def new_place(tenant_id: uuid.UUID) -> str:
    """A name in the storage that says nothing of the file; each tenant has a folder."""
    token = secrets.token_hex(16)
    return f"{tenant_id.hex}/{token[:2]}/{token}"


def do_put(place: str, content: BinaryIO) -> None:
    """Keep the bytes under exactly this name; raises StorageAway."""
    content.seek(0)
    try:
        saved = _storage().save(place, Opened(content))
    except Exception as fault:  # each kind of storage has faults of its own
        log.warning("storage failed", extra={"fault": type(fault).__name__})
        raise StorageAway from fault
    if saved != place:  # taken: with 128 random bits something else is wrong
        _storage().delete(saved)
        raise FileExistsError(place)


def opened(place: str) -> Any:
    """The bytes, to be read and closed; raises FileNotFoundError."""
    return _storage().open(place, "rb")


def do_delete(place: str) -> None:
    """Take the bytes away; nothing happens when there are none."""
    with suppress(FileNotFoundError):
        _storage().delete(place)


def direct_address(place: str, seconds: int, answers: dict[str, str]) -> str | None:
    """A short-lived address at which the storage itself serves the file; None for a folder.

    `answers` are the headers of its answer, by the names that S3 has for them.
    """
    storage: Any = _storage()
    if not hasattr(storage, "bucket_name"):
        return None
    return str(storage.url(place, parameters=answers, expire=seconds))
