"""Writes about the room that files take: it is taken within limits, and given back."""

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.db.models import F

from portal.models import FileUse

Owner = tuple[str, uuid.UUID]
_ORDER = [FileUse.Kind.TENANT, FileUse.Kind.HUB, FileUse.Kind.VISITOR]


class NoRoom(Exception):
    """An owner's files would take more than `most` bytes."""

    def __init__(self, kind: str, most: int) -> None:
        super().__init__()
        self.kind, self.most = kind, most


def most_of(kind: str) -> int:
    """Bytes that all files of an owner of this kind may take; 0: no limit."""
    limits = {
        FileUse.Kind.TENANT: settings.HUBSTER_FILES_OF_TENANT,
        FileUse.Kind.HUB: settings.HUBSTER_FILES_OF_HUB,
        FileUse.Kind.VISITOR: settings.HUBSTER_FILES_OF_VISITOR,
    }
    return int(limits[FileUse.Kind(kind)])


def do_take_room(owners: Iterable[Owner], size: int) -> None:
    """Count a file of so many bytes on all its owners; raises `NoRoom`. Within a transaction, which then rolls back.

    The limit is a condition of the update, so parallel uploads cannot pass it together.
    """
    ordered = sorted(owners, key=lambda owner: _ORDER.index(FileUse.Kind(owner[0])))
    rows = [FileUse(kind=kind, owner=owner) for kind, owner in ordered]
    FileUse.objects.bulk_create(rows, ignore_conflicts=True)
    for kind, owner in ordered:
        most = most_of(kind)
        free = FileUse.objects.filter(kind=kind, owner=owner, **({"bytes__lte": most - size} if most else {}))
        if not free.update(bytes=F("bytes") + size, files=F("files") + 1):
            raise NoRoom(kind, most)


def do_give_room_back(owners: Iterable[Owner], size: int) -> None:
    """A file is gone. Within the transaction that deletes its row."""
    for kind, owner in sorted(owners, key=lambda owner: _ORDER.index(FileUse.Kind(owner[0]))):
        rows = FileUse.objects.filter(kind=kind, owner=owner, bytes__gte=size, files__gte=1)
        rows.update(bytes=F("bytes") - size, files=F("files") - 1)
