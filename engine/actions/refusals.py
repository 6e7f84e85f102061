"""Alerts about customers' messages that are refused because of how the business is set up.

A refused message is a transaction that was rolled back, so the alert is written after it, in one of its own. A
process writes at most once a minute about one hub and reason and only counts meanwhile; the notice itself is one an
hour. So whoever sends on and on fills neither the database nor anybody's mailbox.
"""

import logging
import threading
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from engine.actions.notices import do_notify
from engine.activity import is_signal
from engine.models import Conversation, Notice
from hubster.lib import clock
from hubster.lib.errors import HubsterError
from portal.models import Hub, Integration

log = logging.getLogger("engine.refusals")
EVERY = 60_000  # milliseconds between two writes of this process about one hub and reason
MOST = 10_000  # hubs and reasons that a process remembers
NOBODY, PAUSED, CANCELED = "ENG005501", "ENG006503", "ENG006502"


@dataclass
class _Count:
    """Refusals of one hub for one reason, since `written` (in ticks)."""

    written: int
    times: int = 0


_counts: dict[tuple[uuid.UUID, str], _Count] = {}
_lock = threading.Lock()


def blamed(
    fault: HubsterError, conversation: Conversation, sender: Integration, kind: str, content: dict[str, Any]
) -> HubsterError:
    """The fault, which names the conversation if it was a customer's message that it refuses."""
    if sender.type == Integration.Type.CUSTOMER and not is_signal(kind, content):
        fault.subject = conversation
    return fault


def do_report(fault: HubsterError) -> None:
    """Alert the business to a customer's message that was refused; call it when the transaction is over.

    Faults of the message itself are none of it.
    """
    conversation = fault.subject
    reason = next((found.code for found in fault.faults if found.code in (NOBODY, PAUSED, CANCELED)), "")
    if not reason or not isinstance(conversation, Conversation):
        return
    times = _due(conversation.hub_id, reason)
    if not times:
        return
    try:
        _do_alert(conversation, reason, times)
    except DatabaseError as trouble:  # the sender gets the answer about the message all the same
        log.warning("alert lost", extra={"hub": conversation.hub_id, "fault": type(trouble).__name__})


def _due(hub_id: uuid.UUID, reason: str) -> int:
    """Number of refusals to alert about now; 0 while the last alert is recent."""
    now = clock.ticks()
    with _lock:
        if len(_counts) >= MOST:
            _counts.clear()
        found = _counts.setdefault((hub_id, reason), _Count(now - EVERY))
        found.times += 1
        if now - found.written < EVERY:
            return 0
        times, found.times, found.written = found.times, 0, now
        return times


@transaction.atomic
def _do_alert(conversation: Conversation, reason: str, times: int) -> None:
    """The hub's row is locked, so that of several processes only one raises the hour's notice."""
    hub = Hub.objects.select_for_update(no_key=True).filter(pk=conversation.hub_id).first()
    if hub is not None:
        text = _text(hub, conversation.integration, reason)
        do_notify(
            hub.tenant_id, None, Notice.Kind.MESSAGE_REFUSED, text, hub_id=hub.pk, reason=reason, times=times
        )  # fmt: skip


def _text(hub: Hub, integration: Integration, reason: str) -> str:
    """The thing, the cause and the next step."""
    names = {"hub": hub.name, "integration": integration.name}
    if reason == NOBODY:
        text = _(
            "Customers' messages in “%(hub)s” are refused: no agent or bot is active. "
            "Activate an integration used by agents or a bot, or add one."
        )
    elif hub.status != Hub.Status.ACTIVE:
        text = _("Customers' messages in “%(hub)s” are refused: the hub isn't active. Set its status to Active.")
    else:
        text = _(
            "Customers' messages in “%(hub)s” are refused: the integration “%(integration)s” isn't active. "
            "Set its status to Active."
        )
    return text % names
