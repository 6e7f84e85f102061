"""Receipts: what a provider tells later of the messages that went out. They never go backwards."""

from django.db import transaction
from django.db.models import QuerySet

from engine.actions.endpoints import do_give_up
from engine.adapters._inbound import Receipt
from engine.inbox import people
from engine.models import Address, Conversation, Delivery, ProviderMessage
from engine.work.announcements import announce
from hubster.lib import clock
from portal.models import Integration

S = Delivery.Status
_BEFORE = {
    "sent": (),
    "delivered": (S.SENT,),
    "read": (S.SENT, S.DELIVERED),
    "failed": (S.SENT,),
}  # the states that each one ends


@transaction.atomic
def do_note(integration: Integration, receipt: Receipt) -> None:
    """Store the news; a repeat, and what is older than what is known, change nothing."""
    rows = _deliveries(integration, receipt)
    if receipt.price is not None:
        rows.update(price=dict(receipt.price))
    changes: dict[str, str] = {"status": receipt.status}
    if receipt.error:
        changes["last_error"] = str(receipt.error)[:500]
        if receipt.error.window_closed:
            changes["status"] = S.WINDOW_CLOSED
    waiting = rows.filter(status__in=_BEFORE[receipt.status])
    talks = list(Conversation.objects.filter(pk__in=waiting.values("conversation")).order_by())
    changed = waiting.update(**changes)
    for talk in talks:
        announce(talk.hub_id, talk.pk, [], talk.last_event_id)
    if not changed or not receipt.error:
        return
    if receipt.error.stops:
        reached = Address.objects.filter(conversations__deliveries__in=rows)
        reached.filter(stopped__isnull=True).update(stopped=clock.now())
    if receipt.error.pauses:
        do_give_up(integration, str(receipt.error))


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
