"""Writes about endpoints: paused by a person or because they are hopeless, resumed without loss."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from engine import adapters
from engine.actions.lanes import do_lock_lanes
from engine.actions.notices import do_notify
from engine.models import Delivery, Endpoint, Lane, Notice
from engine.work.wake import after_commit
from hubster.lib import clock
from hubster.lib.errors import fail
from portal import actor
from portal.actions import audit
from portal.actions.snapshots import Snapshot
from portal.models import Integration


def has_address(integration: Integration) -> bool:
    """True if anything is sent to the integration at all; what is not sent is read on a socket."""
    adapter = adapters.find(integration.channel)
    return adapter is not None and not adapter.on_socket(integration.configuration)


def check_has_address(integration: Integration) -> None:
    """Raises PRT000110 for an integration to which nothing is sent."""
    if not has_address(integration):
        raise fail("PRT000110", text=f"'{integration.name}' has no webhook URL: it receives messages over a WebSocket.")


def subject(integration: Integration, **shown: Any) -> Snapshot:
    """The integration for the audit log, with those of its properties that an operation is about."""
    return Snapshot("integration", str(integration.pk), integration.name, integration.hub.tenant_id, shown)


@transaction.atomic
def do_pause(integration: Integration, reason: str = "") -> bool:
    """Send nothing there any more; what comes up waits until somebody resumes it. False: it was paused before."""
    reason = (reason or _by_hand())[:500]
    Endpoint.objects.get_or_create(destination=integration)
    rows = Endpoint.objects.filter(destination=integration, paused__isnull=True)
    if not rows.update(paused=clock.now(), reason=reason):
        return False
    before, after = subject(integration, endpoint="in use"), subject(integration, endpoint="paused", reason=reason)
    audit.do_record("endpoint_paused", before, after)
    return True


def _by_hand() -> str:
    who = actor.current()
    return _("Paused through the API.") if who.kind == "client" else _("Paused by %(name)s.") % {"name": who.name}


@transaction.atomic
def do_give_up(integration: Integration, reason: str) -> None:
    """Pause an endpoint that takes nothing, and tell the owner once."""
    if do_pause(integration, reason):
        text = _("“%(name)s” was paused. New messages are queued until you resume it. %(reason)s") % {
            "name": integration.name, "reason": reason
        }  # fmt: skip
        do_notify(integration.hub.tenant_id, integration.id, Notice.Kind.ENDPOINT_PAUSED, text[:1000])


@transaction.atomic
def do_set_order(integration: Integration, in_order: bool) -> bool:
    """True if a message that waits for its next attempt holds up the later ones of its conversation.

    False: it was so before. What was held up goes on at once.
    """
    known, _ = Endpoint.objects.select_for_update().get_or_create(destination=integration)
    if known.in_order == in_order:
        return False
    Endpoint.objects.filter(pk=integration.pk).update(in_order=in_order)
    before, after = subject(integration, in_order=known.in_order), subject(integration, in_order=in_order)
    audit.do_record("endpoint_ordered", before, after)
    if not in_order and not known.paused:
        _do_go_on(integration)
    return True


def _do_go_on(integration: Integration) -> int:
    """Everything that waits is looked at again; the number of conversations."""
    pending = Delivery.objects.filter(destination=integration, status=Delivery.Status.PENDING)
    lanes = Lane.objects.filter(destination=integration, conversation__in=pending.values("conversation"))
    do_lock_lanes(lanes)
    after_commit("delivery")
    return lanes.update(due=clock.now())


@transaction.atomic
def do_resume(integration: Integration) -> int:
    """Send again, beginning with what waits; the number of conversations that go on."""
    rows = Endpoint.objects.filter(destination=integration, paused__isnull=False)
    known = rows.select_for_update().first()
    if known is None:
        return 0
    rows.update(paused=None, reason="", failures=0, failing_since=None, slow=False, last_error="", last_status=None)
    before = subject(integration, endpoint="paused", reason=known.reason)
    audit.do_record("endpoint_resumed", before, subject(integration, endpoint="in use"))
    return _do_go_on(integration)
