"""`Idempotency-Key`: a POST that is repeated with the same key changes nothing and gets the first answer again."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from rest_framework.request import Request
from rest_framework.response import Response

from hubster.lib import clock
from hubster.lib.errors import HubsterError, fail
from portal.identity.authentication import caller_of
from portal.models import IdempotencyRecord

MAX_KEY = 200
KEPT_FOR = timedelta(hours=24)
Handler = Callable[..., Response]


def check_key(raw: str, prefix: str) -> str:
    """The header's value; raises `…000201` when it cannot be a key."""
    key = raw.strip()
    if not key or len(key) > MAX_KEY or not key.isprintable():
        raise fail(f"{prefix}000201", text=f"Header 'Idempotency-Key' must be text of 1 to {MAX_KEY} characters.")
    return key


def _digest(request: Request) -> str:
    said = json.dumps(_plain(request.data), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{request.path.rstrip('/')}\n{said}".encode()).hexdigest()


def fingerprint(*parts: Any) -> str:
    """A hash of JSON values; the order of properties, spaces, escapes and `1` for `1.0` do not change it."""
    return hashlib.sha256(json.dumps(_plain(parts), sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """The value with whole numbers as integers: a program that keeps a body and sends it again may write either."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def idempotent(handler: Handler) -> Handler:
    """Makes a POST handler honour the key. What it changes and what it answers are stored in one transaction."""

    @wraps(handler)
    def wrapped(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        raw = request.headers.get("Idempotency-Key")
        if raw is None:
            return handler(view, request, *args, **kwargs)
        slot = {"caller": caller_of(request).name, "key": check_key(raw, view.error_prefix)}
        digest = _digest(request)
        try:
            return _kept(slot, digest, view.error_prefix) or _do_idempotently(
                slot, digest, lambda: handler(view, request, *args, **kwargs)
            )
        except IntegrityError:  # the same key came twice at the same moment, and the other one was first
            found = _kept(slot, digest, view.error_prefix)
            return found or _do_idempotently(slot, digest, lambda: handler(view, request, *args, **kwargs))

    return wrapped


def _do_idempotently(slot: dict[str, str], digest: str, work: Callable[[], Response]) -> Response:
    """An error undoes the key together with everything else, so the request may be mended and sent again."""
    with transaction.atomic():
        row = IdempotencyRecord.objects.create(**slot, digest=digest, status=0)
        response = work()
        row.status, row.answer = response.status_code, response.data
        row.save(update_fields=["status", "answer"])
    return response


def _kept(slot: dict[str, str], digest: str, prefix: str) -> Response | None:
    row, over = IdempotencyRecord.objects.filter(**slot).first(), clock.now() - KEPT_FOR
    if row is None or row.created <= over:
        IdempotencyRecord.objects.filter(**slot, created__lte=over).delete()  # not one that came meanwhile
        return None
    if row.digest != digest:
        raise other_request(prefix)
    return Response(row.answer, status=row.status, headers={"Idempotent-Replayed": "true"})


def other_request(prefix: str) -> HubsterError:
    """The refusal of a key that stands for another request."""
    text = "Header 'Idempotency-Key' was sent before with another path or body; give every new request a new key."
    return fail(f"{prefix}000106", text=text)


def do_delete_expired_records() -> int:
    """Delete the answers whose time is over; how many there were."""
    deleted, _ = IdempotencyRecord.objects.filter(created__lte=clock.now() - KEPT_FOR).delete()
    return deleted
