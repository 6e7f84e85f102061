"""Deliveries to channels that somebody else runs: what the channel's rules need to know, and what it answered."""

import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from engine import adapters
from engine.actions import contacts
from engine.activity import is_signal
from engine.adapters import Provider, Rendered, _errors
from engine.adapters._base import Envelope
from engine.adapters._business import BusinessProvider
from engine.adapters._windows import open_window
from engine.delivery import parts, vcards
from engine.delivery.call import Call
from engine.delivery.threads import do_keep, is_of_agents
from engine.models import Address, Attempt, Delivery, ProviderMessage, Thread
from engine.work.announcements import announce
from hubster.lib import clock
from hubster.lib.pool import is_away
from hubster.lib.secrecy import deeply_without_secrets, deeply_without_values, masked_url
from portal.models import Integration

log = logging.getLogger("engine.delivery")
CHOSEN_WITHIN = timedelta(hours=24)  # a numbered list can be answered
NOTHING = Rendered()
ONCE = "once"  # in the note of an open attempt


@dataclass(frozen=True)
class End:
    """The receiver of a delivery to somebody else's channel: a customer's address, or the thread of agents."""

    address: Address | None = None
    thread: Thread | None = None


def is_provider(row: Delivery) -> bool:
    """True if somebody else runs the channel."""
    return isinstance(adapters.get(row.destination.channel), Provider)


def is_own_customer(row: Delivery) -> bool:
    """True for a customer on a channel of the business's own, in a hub whose bots say that they are bots."""
    end = row.destination
    return end.type == Integration.Type.CUSTOMER and end.hub.discloses_bots and not is_provider(row)


def addresses_of(rows: Iterable[Delivery]) -> dict[uuid.UUID, Address]:
    """The customers' addresses, by conversation, of what goes to them; none for channels of ours."""
    to_customers = (row for row in rows if row.destination.type == Integration.Type.CUSTOMER)
    keys = {row.conversation_id: row.conversation.address_id for row in to_customers if row.conversation.address_id}
    if not keys:
        return {}
    found = Address.objects.in_bulk(set(keys.values()))  # a closed conversation and the next one have the same
    return {conversation: found[key] for conversation, key in keys.items() if key in found}


def facts(row: Delivery, end: End) -> dict[str, Any]:
    """The parts of an envelope that only a provider's channel needs."""
    address, thread = end.address, end.thread
    if thread is not None:
        return {"thread": (thread.place, thread.key), "replays": row.replays, "attempt": row.attempts + 1}
    if address is None:
        return {}
    return {
        "address": address.value,
        "scope": address.scope,
        "last_said": address.last_said,
        "reply_token": _take_token(address) if row.activity.type == "message" else "",
        "read_token": address.read_token,
        "replays": row.replays,
        "vcards": vcards.address_of(row),
        "attempt": row.attempts + 1,
    }


def noted(row: Delivery, rendered: Rendered | None) -> dict[str, Any]:
    """The note in an attempt that is open: whether its requests may be made again if nobody hears how it ended."""
    left = rendered.requests[row.parts_done :] if rendered else ()
    return {} if all(part.repeatable for part in left) else {ONCE: True}


def doubtful(rows: Iterable[Delivery]) -> set[uuid.UUID]:
    """The deliveries of which nobody knows whether they arrived, and which must not arrive twice."""
    ids = [row.pk for row in rows if adapters.get(row.destination.channel).calls_once]
    if not ids:
        return set()
    left = Attempt.objects.filter(delivery__in=ids, outcome=Attempt.Outcome.OPEN)
    return {delivery for delivery, request in left.values_list("delivery", "request") if ONCE in request}


def do_forget(calls: Iterable[Call]) -> None:
    """Delete the attempts of calls that were not made, where they would be taken for calls that nobody may repeat."""
    if ids := [call.attempt.pk for call in calls if ONCE in call.attempt.request]:
        Attempt.objects.filter(pk__in=ids, outcome=Attempt.Outcome.OPEN).delete()


def _take_token(address: Address) -> str:
    """The token for one answer, if it is still good; nobody else gets it after this."""
    token = address.reply_token
    if not token or address.reply_until <= clock.now_ms():
        return ""
    taken = Address.objects.filter(pk=address.pk, reply_token=token).update(reply_token="")
    return token if taken else ""


def rendered(row: Delivery, address: Address | None, envelope: Envelope) -> Rendered:
    """The requests; raises `SendError` where the channel's rules allow none."""
    adapter = adapters.get(row.destination.channel)
    if isinstance(adapter, Provider) and not isinstance(adapter, BusinessProvider):
        if address is None:
            raise _errors.no_address(moved=row.conversation.address_id is not None)
        if address.stopped:
            raise _errors.stopped()
        if row.conversation.held_since is not None:
            if is_signal(row.activity.type, row.activity.content):
                return NOTHING
            raise _errors.standby(row.conversation.held_by)
        windows = adapter.windows_for(address.scope)
        if windows and not open_window(windows, address.last_said, envelope.timestamp, envelope.author):
            if is_signal(row.activity.type, row.activity.content):
                return NOTHING
            raise _errors.window_closed(row.destination.channel, envelope.author)
    found = adapter.render(row.destination.configuration, envelope)
    return found if isinstance(found, Rendered) else Rendered((found,))


def do_remember(calls: Sequence[Call]) -> None:
    """Store the provider's ids, the choices that were offered, and who wants to hear nothing more; tell the desks."""
    for call in calls:
        row = call.delivery
        if not is_provider(row):
            continue
        announce(row.destination.hub_id, row.conversation_id, [], row.event_id)
        if not call.opens:
            _do_store_ids(call)
        if is_of_agents(row):
            do_keep(call)
            continue
        if row.parts_done > len(call.taken):  # the provider may have told of the earlier ones
            parts.do_sum_up(row.destination, [row.pk])
        if (known := row.conversation.address_id) is None:
            continue
        address = Address.objects.filter(pk=known)
        if call.error and call.error.stops:
            address.filter(stopped__isnull=True).update(stopped=clock.now())
        elif not call.error and call.rendered and call.rendered.numbered:
            until = clock.to_ms(clock.now() + CHOSEN_WITHIN)
            address.update(choices=_choices(call), choices_until=until)


def do_learn_addresses(calls: Sequence[Call]) -> None:
    """Add what the provider says is the recipients' address, too. Not within another transaction, as it locks.

    The results are stored already, so a fault of one address undoes nothing; the next answer tells it again.
    """
    for call in calls:
        try:
            _do_learn_address(call)
        except Exception as fault:
            if is_away(fault):
                raise
            told = {"delivery": str(call.delivery.pk), "fault": type(fault).__name__}
            log.warning("an address is not learned", extra=told)


def _do_learn_address(call: Call) -> None:
    told = {sent.moved_to for sent in call.taken if sent.moved_to}
    known = call.delivery.conversation.address_id
    if not told or known is None:
        return
    home = Address.objects.select_related("contact", "former").get(pk=known).home
    for scope, value in sorted(told):
        if not Address.objects.filter(integration=call.delivery.destination_id, scope=scope, value=value).exists():
            contacts.do_add_address(call.delivery.destination, home, (scope, value))


def _do_store_ids(call: Call) -> None:
    row, offered = call.delivery, _choices(call) or None
    ids = [
        ProviderMessage(
            integration_id=row.destination_id,
            external_id=one,
            conversation_id=row.conversation_id,
            activity_id=row.activity_id,
            delivery=row,
            replays=row.replays,
            choices=offered,
            sent=begun,
        )
        for sent, begun in zip(call.taken, call.begun, strict=True)
        for one in sent.ids
    ]
    ProviderMessage.objects.bulk_create(ids, ignore_conflicts=True)


def _choices(call: Call) -> list[list[str]]:
    return [[choice.label, choice.payload] for choice in call.rendered.choices] if call.rendered else []


class Hider:
    """Takes secrets out of what the ledger keeps of a call.

    Of an address of the business's own all but the host is hidden. The integration's secrets are, wherever they stand.
    """

    def __init__(self, call: Call) -> None:
        destination = call.delivery.destination
        adapter = adapters.get(destination.channel)
        self.address = call.request.url if call.request else ""
        self.secrets = adapter.secrets(destination.configuration)
        self.own = not isinstance(adapter, Provider)

    def url(self) -> str:
        """The address that was called."""
        return masked_url(self.address) if self.own else self.told(self.address)

    def told(self, text: str) -> str:
        """The body that we sent, or our own sentence of what went wrong, which may quote who answered."""
        return str(deeply_without_values(text, self.secrets))

    def heard(self, value: Any) -> Any:
        """Anything that came back."""
        found = deeply_without_secrets(value, self.address) if self.own else value
        return deeply_without_values(found, self.secrets)
