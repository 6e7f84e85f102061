"""Writes that let people answer at the desk: a hub's own Direct agent integration, which nobody has to set up."""

import uuid
from typing import Any

from django.db import transaction

from portal.access import answering_of
from portal.actions.hubs import do_create_hub
from portal.actions.integrations import do_create_integration, do_update_integration
from portal.models import Hub, Integration

NAME = "Desk"


@transaction.atomic
def do_create_answered_hub(tenant_id: uuid.UUID, values: dict[str, Any]) -> Hub:
    """A new hub whose customers can be answered at the desk from the first message on."""
    hub = do_create_hub(tenant_id, values)
    do_open_desk(hub)
    return hub


@transaction.atomic
def do_open_desk(hub: Hub) -> Integration | None:
    """Let the desk answer a hub that nobody answers; None, and nothing changes, when an agent or bot is active.

    An integration of the desk that was paused is resumed; otherwise there is a new one.
    """
    Hub.objects.select_for_update().get(pk=hub.pk)  # two clicks make one integration
    if answering_of(hub).exists():
        return None
    paused = Integration.Status.PAUSED
    for row in Integration.objects.filter(hub=hub, channel="Direct", type=Integration.Type.AGENT, status=paused):
        if not row.configuration.get("webhookUrl"):
            return do_update_integration(row, {"status": Integration.Status.ACTIVE})
    values = {"channel": "Direct", "name": _free_name(hub), "configuration": {"integrationType": "Agent"}}
    return do_create_integration(hub, values)


def _free_name(hub: Hub) -> str:
    """“Desk”, or with a number when another integration of the hub has that name."""
    taken = set(Integration.objects.filter(hub=hub, name__startswith=NAME).values_list("name", flat=True))
    return next(name for number in range(1, len(taken) + 2) if (name := _numbered(number)) not in taken)


def _numbered(number: int) -> str:
    return NAME if number == 1 else f"{NAME} {number}"
