"""Writes about workspaces of agents: connected again, another channel for new threads, tokens and names renewed."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from engine import adapters
from engine.adapters._business import BusinessProvider
from engine.adapters._inbound import Author
from hubster.lib.errors import fail
from hubster.lib.pool import release_connection
from portal.actions import audit
from portal.actions.providers import ask, connect, time_to_renew, told
from portal.actions.snapshots import snapshot
from portal.models import Integration

_OF_PLACE = ("defaultPublicChannel", "channelId")  # what somebody chose stays
MAX_PLACE = 100  # characters


def adapter_of(row: Integration) -> BusinessProvider:
    """The adapter of a workspace; raises PRT000110 for other channels."""
    found = adapters.find(row.channel)
    if not isinstance(found, BusinessProvider):
        raise fail("PRT000110", text=_("“%(name)s” is not connected to a workspace of agents.") % {"name": row.name})
    return found


def do_reconnect(row: Integration, given: dict[str, Any]) -> Integration:
    """Connect the same workspace again by a new code and nonce. Raises what *create* raises."""
    adapter, account = adapter_of(row), row.inbound_id
    kept = {key: row.configuration[key] for key in _OF_PLACE if key in row.configuration}
    configuration = connect(adapter, row, given)
    if account and row.inbound_id != account:
        text = _("is of another workspace. To connect that one, add an integration for it.")
        raise fail("PRT000202", "configuration.code", text, quoted=True)
    _do_change(row, {**configuration, **kept}, ["inbound_id", "connected", "said", "renew_at"])
    return row


def do_choose_place(row: Integration, wanted: str) -> Integration:
    """Begin new threads in another channel; existing ones stay where they are. Raises PRT000202 and 503."""
    adapter = adapter_of(row)
    with told(adapter, row.configuration, within=""):
        release_connection()  # it serves others meanwhile
        found = adapter.choose_place(row.configuration, wanted, ask)
    _do_change(row, {key: found[key] for key in _OF_PLACE if key in found})
    return row


def do_renew(row: Integration) -> None:
    """New tokens for those that are about to end. Raises `Refused` and NetworkError.

    Nothing is stored where somebody connected the workspace again meanwhile.
    """
    adapter, used = adapter_of(row), row.renew_at
    release_connection()
    found = adapter.renew(row.configuration, ask)
    with transaction.atomic():
        now = Integration.objects.select_for_update(of=("self",)).filter(pk=row.pk, renew_at=used).first()
        if now is None:
            return
        places = {key: now.configuration[key] for key in _OF_PLACE if key in now.configuration}
        now.configuration, now.renew_at = {**found.configuration, **places}, time_to_renew(found)
        now.save(update_fields=["configuration", "renew_at", "modified"])


def author(row: Integration, external_id: str) -> Author:
    """The name of a person of the workspace. Raises `Refused` and NetworkError."""
    release_connection()
    return adapter_of(row).author(row.configuration, external_id, ask)


@transaction.atomic
def _do_change(row: Integration, changes: dict[str, Any], fields: list[str] | None = None) -> None:
    """Change these properties of the configuration as it is by now, which others may change too."""
    now = Integration.objects.select_for_update(of=("self",)).select_related("hub").filter(pk=row.pk).first()
    if now is None:
        raise fail("PRT000799")
    before = snapshot(now)
    row.configuration = {**now.configuration, **changes}
    row.save(update_fields=["configuration", *(fields or ()), "modified"])
    audit.do_record("updated", before, snapshot(row))
