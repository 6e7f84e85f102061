"""Files that a provider keeps for a while: fetched into our storage by a kind of work, and served from there."""

import io
import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from engine import adapters
from engine.adapters import Provider, SendError
from engine.files.actions import do_keep_fetched
from engine.files.links import address_of, fits, signature
from engine.files.names import in_address
from engine.models import MediaFetch
from engine.work import Held, Item, lock
from hubster.lib import clock
from hubster.lib.concurrency import ConcurrencyLimit, Full
from hubster.lib.errors import HubsterError
from hubster.lib.http import Answer, NetworkError, asend
from hubster.lib.http_policy import Policy
from hubster.lib.pool import is_away, release_connection
from portal.models import Integration

log = logging.getLogger("engine.files")
MOST_CALLS = 4  # until a provider hands a file out
TRIES, PAUSE = 8, 15  # times that it is asked, and seconds after the first one; twice as many after each
WAIT, LOOK = 8.0, 0.25  # seconds that a reader waits for a file which is on its way, and between two looks
MOST_WAITING, MOST_OF_TENANT = 4, 2  # readers who wait at once in this process: each holds up a thread
RETRY_AFTER = "5"  # seconds
_waiting = ConcurrencyLimit()


@dataclass
class Fetch(Item):
    """A file to be fetched, and what came of it."""

    row: MediaFetch
    token: uuid.UUID
    integration: Integration
    answers: list[Answer] = field(default_factory=list)
    fault: str = ""
    final: bool = False

    @property
    def key(self) -> uuid.UUID:
        """The row."""
        return self.row.pk

    @property
    def sharer(self) -> uuid.UUID:
        """The tenant."""
        return self.row.tenant_id

    @property
    def endpoint(self) -> uuid.UUID:
        """The integration, whose provider is asked."""
        return self.integration.pk

    async def work(self) -> None:
        """Ask until the file is there."""
        adapter = adapters.get(self.integration.channel)
        assert isinstance(adapter, Provider)
        config = self.integration.configuration
        try:
            for _call in range(MOST_CALLS):
                request = adapter.fetch(config, self.row.ref, self.answers)
                if request is None:
                    return
                self.answers.append(await asend(request, _policy()))
            self.fault, self.final = "The provider did not hand the file out.", True
        except SendError as fault:
            self.fault, self.final = adapter.quoted(config, str(fault)), not fault.retryable
        except NetworkError as fault:
            self.fault = adapter.quoted(config, fault.text)
        except Exception as fault:
            log.exception("a file cannot be fetched", extra={"media": str(self.row.pk)})
            self.fault, self.final = type(fault).__name__, True


@cache
def _policy() -> Policy:
    return Policy(
        allow_loopback=settings.HUBSTER_ALLOW_LOOPBACK,
        deadline=settings.HUBSTER_ATTEMPT_DEADLINE,
        max_body=settings.HUBSTER_FILES_SIZE,
    )


def load(held: Held) -> list[Fetch]:
    """The files to fetch."""
    rows = MediaFetch.objects.select_related("integration").in_bulk(list(held))
    return [Fetch(row, held[key], row.integration) for key, row in rows.items()]


def commit(fetches: Sequence[Fetch]) -> None:
    """Keep what came; ask again later for the rest, and give it up after some tries."""
    for fetch in fetches:
        if not fetch.fault:
            _do_keep(fetch)
        _do_settle(fetch)


def _do_keep(fetch: Fetch) -> None:
    row, content = fetch.row, fetch.answers[-1]
    if content.truncated:
        fetch.fault, fetch.final = "The file is larger than files may be.", True
        return
    try:
        kept = do_keep_fetched(row.activity_id, io.BytesIO(content.body), row.name or _("file"))
    except HubsterError as fault:
        fetch.fault, fetch.final = fault.faults[0].sentence, fault.status not in (429, 503)
    except Exception as fault:
        if is_away(fault):
            raise
        log.exception("a file cannot be kept", extra={"media": str(row.pk)})
        fetch.fault, fetch.final = type(fault).__name__, True
    else:
        MediaFetch.objects.filter(pk=row.pk).update(file=kept)


def _do_settle(fetch: Fetch) -> None:
    """Give the row back, due again where another try may help."""
    with transaction.atomic():
        if fetch.key not in lock(MediaFetch, {fetch.key: fetch.token}):
            return
        tries = fetch.row.tries + 1
        again = fetch.fault and not fetch.final and tries < TRIES
        due = clock.now() + timedelta(seconds=PAUSE * 2**fetch.row.tries) if again else None
        MediaFetch.objects.filter(pk=fetch.key).update(
            due=due, tries=tries, error=fetch.fault[:500], lease_token=None, lease_until=None
        )


def address_of_media(row: MediaFetch) -> str:
    """Our own address of a file that is still to be fetched."""
    name = in_address(row.name or "file")
    return f"{settings.PUBLIC_URL}/media/{row.pk}/{signature(row.tenant_id, row.pk)}/{name}"


@csrf_exempt
@require_safe
def show(request: HttpRequest, media_id: uuid.UUID, signature: str, name: str) -> HttpResponseBase:  # noqa: ARG001
    """GET /media/{id}/{signature}/{name}: to the file; a reader waits a little for one that is on its way."""
    row = _awaited(_get(media_id, signature), signature)
    if row.file:
        return HttpResponseRedirect(address_of(row.file.tenant, row.file.pk, row.file.name))
    if row.due is None:
        raise Http404
    return HttpResponse(status=503, headers={"Retry-After": RETRY_AFTER})


def _get(media_id: uuid.UUID, signature: str) -> MediaFetch:
    row = MediaFetch.objects.select_related("file").filter(pk=media_id).first()
    if row is None or not fits(signature, row.tenant_id, row.pk):
        raise Http404
    return row


def _awaited(row: MediaFetch, signature: str) -> MediaFetch:
    """The row once its file is there or given up, or when the time is over; at once while enough others wait."""
    end = time.monotonic() + WAIT
    try:
        with _waiting.slot(str(row.tenant_id), MOST_OF_TENANT), _waiting.slot("all", MOST_WAITING):
            while row.file is None and row.due is not None and time.monotonic() < end:
                release_connection()  # it serves others meanwhile
                time.sleep(LOOK)
                row = _get(row.pk, signature)
    except Full:
        return row
    return row
