"""Calls of providers while somebody waits: an integration is connected, connected anew, or taken away."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from engine.adapters import Channel, Provider, find
from engine.adapters._business import BusinessProvider
from engine.adapters._connecting import Connected, Refused
from hubster.lib import clock
from hubster.lib.errors import Fault, HubsterError, fail
from hubster.lib.http import Answer, NetworkError, Outgoing, send
from hubster.lib.http_policy import Policy
from hubster.lib.pool import release_connection
from portal.actions.authorizations import do_redeem
from portal.models import Integration, PendingConnection

log = logging.getLogger("portal.providers")
RETRY_AFTER = 30  # seconds
PENDING = timedelta(minutes=2)  # longer than a provider may take to confirm a configuration
_LONGEST = 300  # characters of a provider's sentence


def network_policy(deadline: float | None = None, max_body: int = Policy.max_body) -> Policy:
    """Where webhooks may go: public addresses, and this machine where a setting allows it.

    `deadline` in seconds, `max_body` in bytes, for calls with other limits than those of a webhook.
    """
    return _policy(settings.HUBSTER_ALLOW_LOOPBACK, deadline or settings.HUBSTER_ATTEMPT_DEADLINE, max_body)


@cache
def _policy(allow_loopback: bool, deadline: float, max_body: int) -> Policy:
    return Policy(allow_loopback=allow_loopback, deadline=deadline, max_body=max_body)


def ask(request: Outgoing) -> Answer:
    """A call of a provider while somebody waits; raises NetworkError."""
    return send(request, network_policy())


def connect(adapter: Channel, row: Integration, configuration: dict[str, Any]) -> dict[str, Any]:
    """Have the provider confirm a configuration; the one to store. Sets account and time on the row, unsaved.

    Other channels are left as they are. Raises PRT000202 with the provider's reason, PRT000701 for an account that is
    connected already, and 503 when the provider cannot be reached. Not within a transaction.
    """
    if not isinstance(adapter, Provider):
        return configuration
    if isinstance(adapter, BusinessProvider):
        configuration = do_redeem(row, adapter, configuration)
    with told(adapter, configuration), _pending(adapter, row, configuration):
        release_connection()  # it serves others meanwhile
        hook = adapter.hook(row.pk)
        found = adapter.connect(configuration, hook, ask, lambda account: _check_free(row, account))
    return _confirmed(row, replace(found, said=adapter.quoted(dict(found.configuration), str(found.said))))


@contextmanager
def told(adapter: Provider, configuration: dict[str, Any], within: str = "configuration.") -> Iterator[None]:
    """Have what a provider refuses told as the faults of a call, at properties `within` its body."""
    try:
        yield
    except Refused as fault:
        text = adapter.quoted(configuration, str(fault.text))
        raise fail("PRT000202", f"{within}{fault.field}", text, quoted=True) from None
    except NetworkError as fault:
        text = _("%(channel)s cannot be reached, so nothing was stored. Try again later. %(fault)s") % {
            "channel": adapter.name, "fault": adapter.quoted(configuration, fault.text)
        }  # fmt: skip
        raise HubsterError(Fault("PRT000100", text=text), status=503, retry_after=RETRY_AFTER) from None


@contextmanager
def _pending(adapter: Provider, row: Integration, configuration: dict[str, Any]) -> Iterator[None]:
    """Where the provider calls the address meanwhile, what proves that it does so is kept as long."""
    if not adapter.tests_hook:
        yield
        return
    PendingConnection.objects.filter(created__lt=clock.now() - PENDING).delete()  # of processes that died
    kept = {"channel": row.channel, "configuration": configuration, "created": clock.now()}
    PendingConnection.objects.update_or_create(integration=row.pk, defaults=kept)
    try:
        yield
    finally:
        PendingConnection.objects.filter(integration=row.pk).delete()


def pending_configuration(channel: str, integration_id: UUID) -> dict[str, Any] | None:
    """The configuration that a provider is being asked to confirm; None while none is."""
    rows = PendingConnection.objects.filter(channel=channel, created__gte=clock.now() - PENDING)
    found = rows.filter(integration=integration_id).first()
    return found.configuration if found else None


def _confirmed(row: Integration, found: Connected) -> dict[str, Any]:
    _check_free(row, found.account)
    row.inbound_id, row.connected, row.said = found.account, clock.now(), found.said[:_LONGEST]
    row.renew_at = time_to_renew(found)
    return dict(found.configuration)


def time_to_renew(found: Connected) -> datetime | None:
    """Half of the life of tokens from now on, so that there is as much left to try again; None for lasting ones."""
    return clock.now() + timedelta(seconds=found.lasts / 2) if found.lasts else None


def _check_free(row: Integration, account: str) -> None:
    """A page, a number or a bot serves one integration, across all hubs."""
    if Integration.objects.filter(channel=row.channel, inbound_id=account).exclude(pk=row.pk).exists():
        raise fail("PRT000701")


def undo_connect(row: Integration, former: str | None = None) -> None:
    """Have the provider forget what `connect` told it, as the row could not be stored; `former` was its account.

    An account that the row had before, or that another integration has by now, goes on.
    """
    others = Integration.objects.filter(channel=row.channel, inbound_id=row.inbound_id).exclude(pk=row.pk)
    if row.inbound_id and row.inbound_id != former and not others.exists():
        disconnect(row)


def _is_connected(accounts: Iterable[tuple[str, str]]) -> bool:
    """True if one of these serves an integration, whoever has it."""
    return any(Integration.objects.filter(channel=channel, inbound_id=found).exists() for channel, found in accounts)


def disconnect(row: Integration) -> None:
    """Have the provider send nothing more, unless others hear by the same subscription.

    A provider that cannot be reached keeps nobody from deleting.
    """
    adapter = find(row.channel)
    if not isinstance(adapter, Provider):
        return
    release_connection()
    try:
        if not _is_connected(adapter.sharers(row.configuration, ask)):
            adapter.disconnect(row.configuration, ask)
    except Exception as fault:
        told = {"channel": row.channel, "integration": str(row.pk), "fault": type(fault).__name__}
        log.warning("a provider could not be told of the end", extra=told)
