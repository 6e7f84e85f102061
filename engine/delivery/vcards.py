"""Contacts of messages as files that a phone can save, for channels that send files by their addresses."""

import base64
import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.views.decorators.http import require_safe

from engine.adapters._blocks import Person, blocks_of
from engine.models import Delivery

_SALT = "hubster.vcards"
_BYTES = 24


def address_of(row: Delivery) -> str:
    """The address of a delivery's contacts, without the number of one: only who has it can read them."""
    return f"{settings.PUBLIC_URL}/vcards/{row.pk}/{_signature(row.pk)}"


def _signature(delivery_id: uuid.UUID, secret: str | bytes | None = None) -> str:
    mac = salted_hmac(_SALT, str(delivery_id), secret=secret, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(mac[:_BYTES]).decode()


@require_safe
def show(request: HttpRequest, delivery_id: uuid.UUID, signature: str, place: int) -> HttpResponse:  # noqa: ARG001
    """GET /vcards/{delivery}/{signature}/{place}.vcf: the contact at that place, counted from 0."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    known = any(constant_time_compare(signature, _signature(delivery_id, key)) for key in keys)
    row = Delivery.objects.select_related("activity").filter(pk=delivery_id).first() if known else None
    if row is None or row.activity.type != "message" or "type" not in row.activity.content:
        raise Http404
    people = [block for block in blocks_of(row.activity.content) if isinstance(block, Person)]
    if place >= len(people):
        raise Http404
    shown = HttpResponse(people[place].vcard, content_type="text/vcard; charset=utf-8")
    shown["Content-Disposition"] = 'inline; filename="contact.vcf"'
    shown["Cache-Control"] = "private, max-age=3600"
    return shown
