"""Receipts: what a provider tells later of the messages that went out. They never go backwards."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from engine.actions.costs import do_charge
from engine.actions.disclosures import do_take_back
from engine.actions.endpoints import do_give_up
from engine.actions.lanes import do_lock_lanes
from engine.actions.notices import do_notify
from engine.adapters._inbound import Receipt
from engine.adapters._outcomes import SendError
from engine.delivery.lanes import settle
from engine.delivery.schedule import later, next_attempt
from engine.inbox import people
from engine.models import Address, Attempt, Conversation, Delivery, Endpoint, Lane, Notice, ProviderMessage
from engine.work.announcements import announce
from hubster.lib import clock
from hubster.lib.errors import without_code
from portal.models import Integration

S = Delivery.Status
LONGEST_CALL = timedelta(seconds=30)  # until what came of it is stored
_BEFORE = {
    "sent": (),
    "delivered": (S.SENT,),
    "read": (S.SENT, S.DELIVERED),
    "failed": (S.SENT,),
}  # the states that each one ends


def is_early(integration: Integration, receipt: Receipt, received: datetime) -> bool:
    """True for news of a message whose id is not stored yet, as its call was under way when the news came in."""
    if not receipt.keys or clock.now() - received > LONGEST_CALL:
        return False
    keys = set(receipt.keys)
    if ProviderMessage.objects.filter(integration=integration, external_id__in=keys).count() == len(keys):
        return False
    calls = Attempt.objects.filter(outcome=Attempt.Outcome.OPEN, started__lte=received)
    return calls.filter(delivery__destination=integration, delivery__status=S.PENDING).exists()


@transaction.atomic
def do_note(integration: Integration, receipt: Receipt) -> None:
    """Store the news; a repeat, and what is older than what is known, change nothing."""
    rows = _deliveries(integration, receipt)
    if receipt.price is not None:
        rows.update(price=dict(receipt.price))
        do_charge(integration, receipt.keys, receipt.price)
    changes: dict[str, str] = {"status": receipt.status}
    if receipt.error:
        changes["last_error"] = str(receipt.error)[:500]
        if receipt.error.window_closed:
            changes["status"] = S.WINDOW_CLOSED
    waiting = rows.filter(status__in=_BEFORE[receipt.status])
    talks = list(Conversation.objects.filter(pk__in=waiting.values("conversation")).order_by())
    if receipt.status == "failed":
        do_take_back(waiting)
    again = receipt.error and receipt.error.retryable and _do_send_again(integration, rows, receipt.error)
    changed = 0 if again else waiting.update(**changes)
    for talk in talks:
        announce(talk.hub_id, talk.pk, [], talk.last_event_id)
    if not changed or not receipt.error:
        return
    if changes["status"] == S.FAILED:
        text = _("“%(name)s” did not deliver a message. %(error)s")
        told = {"name": integration.name, "error": without_code(str(receipt.error))}
        do_notify(integration.hub.tenant_id, integration.pk, Notice.Kind.DELIVERY_FAILED, text % told)
    if receipt.error.stops:
        reached = Address.objects.filter(conversations__deliveries__in=rows)
        reached.filter(stopped__isnull=True).update(stopped=clock.now())
    if receipt.error.pauses:
        do_give_up(integration, str(receipt.error))


def _do_send_again(integration: Integration, rows: QuerySet[Delivery], error: SendError) -> bool:
    """Send once more, later, what did not arrive although the provider had taken it; False: that can't be.

    A message of several parts can't, as the others may have arrived. The provider's id is forgotten: the next one has
    another, and a repeat of this news would send what arrived by then a second time.
    """
    Endpoint.objects.select_for_update().filter(pk=integration.pk).first()
    lanes = do_lock_lanes(Lane.objects.filter(destination=integration, conversation__in=rows.values("conversation")))
    now, found = clock.now(), list(rows.filter(status=S.SENT))
    due = {row.pk: later(error, next_attempt(now, row.attempts)) for row in found if row.parts_done == 1}
    if not found or len(due) < len(found) or None in due.values():
        return False
    for pk, moment in due.items():
        changes = {"status": S.PENDING, "parts_done": 0, "next_attempt": moment, "ended": None}
        Delivery.objects.filter(pk=pk).update(**changes, last_error=str(error)[:500])
    ProviderMessage.objects.filter(integration=integration, delivery__in=list(due)).delete()
    settle([lane.pk for lane in lanes if lane.lease_token is None])  # who holds one gives it back in time
    return True


def _deliveries(integration: Integration, receipt: Receipt) -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(destination=integration)
    if receipt.keys:
        named = ProviderMessage.objects.filter(integration=integration, external_id__in=receipt.keys)
        return rows.filter(pk__in=list(named.values_list("delivery", flat=True)))
    address = people.find(integration, receipt.person) if receipt.person else None
    if address is None:
        return rows.none()
    until = clock.from_ms(receipt.until)
    return rows.filter(conversation__in=address.conversations.all(), ended__lte=until)
