"""Receipts: what a provider tells later of the messages that went out. They never go backwards."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from engine.actions.costs import do_charge
from engine.actions.disclosures import do_take_back
from engine.actions.endpoints import do_give_up
from engine.actions.lanes import do_lock_lanes
from engine.adapters._inbound import Receipt
from engine.adapters._outcomes import SendError
from engine.delivery.lanes import settle
from engine.delivery.parts import do_sum_up, newest
from engine.delivery.schedule import later, next_attempt
from engine.inbox import people
from engine.models import Address, Attempt, Conversation, Delivery, Endpoint, Lane, ProviderMessage
from engine.work.announcements import announce
from hubster.lib import clock
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
    if clock.now() - received > LONGEST_CALL:
        return False
    calls = Attempt.objects.filter(outcome=Attempt.Outcome.OPEN, started__lte=received)
    calls = calls.filter(delivery__destination=integration, delivery__status=S.PENDING)
    if not receipt.keys:
        talks = _conversations(integration, receipt)
        return calls.filter(delivery__conversation__in=talks, started__lte=clock.from_ms(receipt.until)).exists()
    keys = set(receipt.keys)
    if ProviderMessage.objects.filter(integration=integration, external_id__in=keys).count() == len(keys):
        return False
    return calls.exists()


@transaction.atomic
def do_note(integration: Integration, receipt: Receipt) -> None:
    """Store the news of each part that it is about; a repeat, and what is older than what is known, change nothing."""
    named = _parts(integration, receipt)
    ids = _do_lock(integration, receipt, named)
    rows = Delivery.objects.filter(pk__in=ids)
    if receipt.price is not None:
        rows.update(price=dict(receipt.price))
        do_charge(integration, receipt.keys, receipt.price)
    if receipt.status == "sent":
        named.update(sent=receipt.at)
        return
    waiting = newest(named).filter(status__in=_BEFORE[receipt.status])
    told = dict(waiting.values_list("pk", "delivery"))
    if told:
        _do_tell(integration, receipt, list(told), Delivery.objects.filter(pk__in=set(told.values())))


def _do_lock(integration: Integration, receipt: Receipt, named: QuerySet[ProviderMessage]) -> list[uuid.UUID]:
    """Lock the deliveries, for their keys; before them what a failure may change, as do all who lock both."""
    ids = list(named.order_by().values_list("delivery", flat=True))
    rows = Delivery.objects.filter(pk__in=ids)
    if receipt.error and (receipt.error.retryable or receipt.error.pauses):
        Endpoint.objects.select_for_update().filter(pk=integration.pk).first()
        do_lock_lanes(Lane.objects.filter(destination=integration, conversation__in=rows.values("conversation")))
    list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    return ids


def _do_tell(integration: Integration, receipt: Receipt, parts: list[int], rows: QuerySet[Delivery]) -> None:
    """Store news of parts of these deliveries, and what follows from them."""
    if receipt.status == "failed":
        do_take_back(rows)
    again = receipt.error and receipt.error.retryable and _do_send_again(integration, rows, receipt.error)
    if not again:
        ProviderMessage.objects.filter(pk__in=parts).update(**_news(receipt))
        do_sum_up(integration, rows.values_list("pk", flat=True))
    for talk in Conversation.objects.filter(pk__in=rows.values("conversation")).order_by():
        announce(talk.hub_id, talk.pk, [], talk.last_event_id)
    if receipt.error and not again:
        _do_draw_conclusions(integration, rows, receipt.error)


def _news(receipt: Receipt) -> dict[str, str]:
    """The columns of a part."""
    closed = receipt.error and receipt.error.window_closed
    error = str(receipt.error)[:500] if receipt.error else ""
    return {"status": S.WINDOW_CLOSED if closed else receipt.status, "error": error}


def _do_draw_conclusions(integration: Integration, rows: QuerySet[Delivery], error: SendError) -> None:
    """A failure may be of the customer, or of the whole integration."""
    if error.stops:
        reached = Address.objects.filter(conversations__deliveries__in=rows)
        reached.filter(stopped__isnull=True).update(stopped=clock.now())
    if error.pauses:
        do_give_up(integration, str(error))


def _do_send_again(integration: Integration, rows: QuerySet[Delivery], error: SendError) -> bool:
    """Send once more, later, what did not arrive although the provider had taken it; False: that can't be.

    A message of several parts can't, as the others may have arrived. The provider's id is forgotten: the next one has
    another, and a repeat of this news would send what arrived by then a second time.
    """
    lanes = Lane.objects.filter(destination=integration, conversation__in=rows.values("conversation"))
    now, found = clock.now(), list(rows.filter(status=S.SENT))
    due = {row.pk: later(error, next_attempt(now, row.attempts)) for row in found if row.parts_done == 1}
    if not found or len(due) < len(found) or None in due.values():
        return False
    for pk, moment in due.items():
        changes = {"status": S.PENDING, "parts_done": 0, "next_attempt": moment, "ended": None}
        Delivery.objects.filter(pk=pk).update(**changes, last_error=str(error)[:500])
    newest(ProviderMessage.objects.filter(integration=integration, delivery__in=list(due))).delete()
    settle([lane.pk for lane in lanes if lane.lease_token is None])  # who holds one gives it back in time
    return True


def _parts(integration: Integration, receipt: Receipt) -> QuerySet[ProviderMessage]:
    """The messages that it names; of a time, those that the provider had by then.

    Where the provider tells when it had a message, that counts. Else the moment at which the message was handed over
    does, not that of the answer: who has the chat open reads before the answer is here.
    """
    rows = ProviderMessage.objects.filter(integration=integration, delivery__isnull=False)
    if receipt.keys:
        return rows.filter(external_id__in=receipt.keys)
    rows = rows.filter(status__in=_BEFORE[receipt.status])  # not all that was ever sent
    return rows.filter(conversation__in=_conversations(integration, receipt), sent__lte=receipt.until)


def _conversations(integration: Integration, receipt: Receipt) -> list[uuid.UUID]:
    """Those of the person whom a receipt names."""
    address = people.find(integration, receipt.person) if receipt.person else None
    return list(address.conversations.values_list("pk", flat=True)) if address else []
