"""Writes about files: take one and say it as a message; take away those that nobody is shown."""

import hashlib
import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from engine import access
from engine.access import find_repeat
from engine.actions import refusals
from engine.actions.append import NewActivity
from engine.actions.receive import FindSender, Speaker, receive_within
from engine.activity import parse_message
from engine.files import store
from engine.files.kinds import TAKEN, Kind, kind_of
from engine.files.links import address_of
from engine.files.names import clean_name
from engine.files.picture_slots import Busy, picture_slot
from engine.files.pictures import BadPicture, TooManyPixels, TooMuchMotion, redrawn
from engine.models import Activity, Conversation, File
from hubster.lib import clock
from hubster.lib.errors import Fault, HubsterError, fail
from hubster.lib.pool import release_connection
from portal.actions import usage
from portal.idempotency import fingerprint
from portal.models import Hub

log = logging.getLogger("engine.files")
UNUSED_FOR = timedelta(days=1)  # a file whose message has not come by then will never have one
CHUNK = 65_536
BUSY_FOR = 10  # seconds after which a picture that found no turn may come again
AWAY_FOR = 5  # the same for a storage that takes nothing
NO_ROOM = 507  # the status of a file for which there is no room
ROWS = 500  # files that are looked at together


@dataclass(frozen=True)
class Sent:
    """A file as it came in; `dedupe_key` as of any activity; `visitor` is None for senders with an engine token."""

    file: BinaryIO
    name: str
    external_id: str | None = None
    dedupe_key: str | None = None
    visitor: uuid.UUID | None = None

    @cached_property
    def fingerprint(self) -> str | None:
        """Of the upload, where it came with a key: its bytes as they were sent, its name, what its sender calls it."""
        return fingerprint(_measured(self.file)[1], self.name, self.external_id) if self.dedupe_key else None


@dataclass(frozen=True)
class _Ready:
    """A file that may be kept."""

    content: BinaryIO
    kind: Kind
    name: str


def do_receive_file(caller: Speaker, conversation: Conversation, find_sender: FindSender, sent: Sent) -> Activity:
    """Keep a file and say it; a repeat returns the first one's activity and keeps nothing.

    The bytes are on the disk before the message is committed. Raises what is wrong with the file (ENG000202,
    ENG000206, ENG000207), ENG000107 when it waits too long for its turn, and what `do_receive_from` raises; then
    nothing is kept.
    """
    try:
        return _do_receive_file(caller, conversation, find_sender, sent)
    except HubsterError as fault:
        refusals.do_report(fault)
        raise


def _do_receive_file(caller: Speaker, conversation: Conversation, find_sender: FindSender, sent: Sent) -> Activity:
    sender = find_sender(conversation)
    try:
        access.check_active(sender)
    except HubsterError as fault:
        raise refusals.blamed(fault, conversation, sender, "message", {}) from None
    earlier = find_repeat(sender, sent.dedupe_key, sent.fingerprint)
    if earlier:
        return earlier
    with _ready(sent, conversation.hub.tenant_id) as ready:
        row = _do_keep(conversation.hub, sent.visitor, ready)
    try:
        activity = _do_append_message(caller, conversation.pk, find_sender, sent, row)
    except HubsterError:  # after any other fault the message may be there all the same: the job finds out
        _do_try_to_remove(row)
        raise
    if row.activity_id != activity.pk:  # the same key came twice at the same moment, and the other one was first
        _do_try_to_remove(row)
    return activity


def do_keep_fetched(activity_id: uuid.UUID, file: BinaryIO, name: str) -> File:
    """Keep a file that a provider held for a message that is stored already; raises what is wrong with the file."""
    said = Activity.objects.select_related("conversation__hub").get(pk=activity_id)
    with _ready(Sent(file, name), said.conversation.hub.tenant_id) as ready:
        row = _do_keep(said.conversation.hub, None, ready)
    row.activity = said
    row.save(update_fields=["activity", "modified"])
    return row


@contextmanager
def _ready(sent: Sent, tenant_id: uuid.UUID) -> Iterator[_Ready]:
    """The file judged, and pictures drawn anew; raises what is wrong with it."""
    if not sent.file.seek(0, 2):
        raise fail("ENG000207", "file", "is empty.")
    kind = kind_of(sent.file, sent.name)
    if kind is None:
        raise fail("ENG000206", "file", f"this kind of file is not accepted. Send {TAKEN}.")
    name = clean_name(sent.name, kind)
    if kind.message != "image":
        yield _Ready(sent.file, kind, name)
        return
    release_connection()  # a large picture takes seconds, and others wait for their turn
    try:
        with picture_slot(tenant_id, str(sent.visitor or "")):
            content = redrawn(sent.file, kind, settings.HUBSTER_FILES_PIXELS, settings.HUBSTER_FILES_MOVING)
    except BadPicture as fault:
        raise fail("ENG000202", "file", str(fault), quoted=True) from None
    except TooManyPixels as fault:
        most = fault.most / 1_000_000
        raise fail("ENG000207", "file", f"has more than {most:g} million pixels.") from None
    except TooMuchMotion as fault:
        raise HubsterError(Fault("ENG000107", "file", str(fault), quoted=True), status=400) from None
    except Busy as fault:
        raise HubsterError(Fault("ENG000107", text=str(fault)), status=429, retry_after=BUSY_FOR) from None
    with content:
        yield _Ready(content, kind, name)


def _do_keep(hub: Hub, visitor: uuid.UUID | None, ready: _Ready) -> File:
    """The row first: it remembers the bytes even if this process dies while it writes them."""
    size, digest = _measured(ready.content)
    row = File(
        tenant=hub.tenant_id,
        hub=hub.pk,
        visitor=visitor,
        place=store.new_place(hub.tenant_id),
        name=ready.name,
        mime=ready.kind.mime,
        kind=ready.kind.message,
        size=size,
        digest=digest,
    )
    _do_count(row)
    try:
        store.do_put(row.place, ready.content)
    except store.StorageAway:
        _do_try_to_remove(row)
        text = "The file cannot be stored right now. Send it again in a few seconds."
        raise HubsterError(Fault("ENG000100", text=text), status=503, retry_after=AWAY_FOR) from None
    return row


def _do_count(row: File) -> None:
    """Save the row within the limits of everybody whose room it takes; raises ENG008502."""
    try:
        with transaction.atomic():
            usage.do_take_room(_owners(row), row.size)
            row.save(force_insert=True)
    except usage.NoRoom as full:
        megabytes = f"{full.most // 1_048_576:,} MB"
        raise no_room(
            f"All files of one {full.kind} may take {megabytes} together; there is no room for more."
        ) from None


def no_room(reason: str) -> HubsterError:
    """The refusal of a file that would take more room than its sender may use."""
    text = f"File you submitted was not received by the other party. {reason}"
    return HubsterError(Fault("ENG008502", text=text), status=NO_ROOM)


def _owners(row: File) -> list[usage.Owner]:
    owners = [("tenant", row.tenant), ("hub", row.hub), ("visitor", row.visitor)]
    return [(kind, owner) for kind, owner in owners if owner]


def _measured(content: BinaryIO) -> tuple[int, str]:
    """(bytes, SHA-256)."""
    content.seek(0)
    size, digest = 0, hashlib.sha256()
    while chunk := content.read(CHUNK):
        size += len(chunk)
        digest.update(chunk)
    return size, digest.hexdigest()


@transaction.atomic
def _do_append_message(
    caller: Speaker, conversation_id: uuid.UUID, find_sender: FindSender, sent: Sent, row: File
) -> Activity:
    new = NewActivity("message", message_of(row), sent.external_id, sent.dedupe_key, sent.fingerprint)
    activity = receive_within(caller, conversation_id, find_sender, new)
    if activity.content == new.content:
        row.activity = activity
        row.save(update_fields=["activity", "modified"])
    return activity


def message_of(row: File) -> dict[str, Any]:
    """The message that shows a file, in its stored form."""
    found: dict[str, Any] = {"type": row.kind, "url": address_of(row.tenant, row.pk, row.name)}
    if row.kind == "image":
        return parse_message({**found, "alt": row.name})
    size = {"size": row.size} if row.kind == "attachment" else {}
    return parse_message({**found, "label": row.name, "mimeType": row.mime, **size})


def do_remove(row: File) -> None:
    """Take a file away: first the bytes, then the row, so that a crash in between leaves something to begin again."""
    store.do_delete(row.place)
    with transaction.atomic():
        deleted, _ = File.objects.filter(pk=row.pk).delete()
        if deleted:  # not by somebody else at the same moment
            usage.do_give_room_back(_owners(row), row.size)


def do_remove_unused() -> Iterator[int]:
    """Take away the files without a message, and those whose message has lost its content for its age.

    Yields after each file, for a storage may take seconds for one, and raises what the storage raises: one that is
    away is not asked for the next file too. Begins anywhere, so that no file that cannot be removed hides the others.
    """
    begin = uuid.uuid4()
    for half in (Q(pk__gt=begin), Q(pk__lte=begin)):
        yield from _do_remove_among(File.objects.filter(half))


def _do_remove_among(files: QuerySet[File]) -> Iterator[int]:
    """By id, so that no statement looks at all files."""
    unused = Q(activity__isnull=True, created__lt=clock.now() - UNUSED_FOR)
    last = uuid.UUID(int=0)
    while keys := list(files.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:ROWS]):
        last = keys[-1]
        rows = File.objects.filter(unused | Q(activity__purged__isnull=False), pk__in=keys)
        for row in rows.order_by("pk"):
            do_remove(row)
            yield 1
        yield 0


def _do_try_to_remove(row: File) -> None:
    """A storage that is away, whatever it raises, is asked again by the job."""
    try:
        do_remove(row)
    except Exception as fault:
        log.warning("file not removed", extra={"file": str(row.pk), "fault": type(fault).__name__})
