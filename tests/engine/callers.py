"""Calls of commands that wait to be made."""

from datetime import timedelta

from engine.actions.append import NewActivity
from engine.actions.conversations import do_establish
from engine.actions.receive import do_receive
from engine.models import CommandCall
from hubster.lib import clock
from portal.actions.commands import do_create_command
from portal.models import DynamicCommand
from tests.cast import TenantFixture

VALUES = {"name": "weather", "url": "https://shop.example.com/weather", "category": "", "description": "Forecast"}


def add_calls(party: TenantFixture, count: int = 1, seconds: float = 0) -> list[CommandCall]:
    """Calls of one command, due for so many seconds, of messages that the pipeline has handled."""
    command = do_create_command(DynamicCommand, party.hub, VALUES)
    due = clock.now() - timedelta(seconds=seconds)
    return [_add(party, command, str(number), due) for number in range(count)]


def _add(party, command, binding, due) -> CommandCall:
    conversation, _ = do_establish(party.customer, f"caller {binding}", {})
    said = do_receive(conversation.id, party.customer, NewActivity("message", {"type": "text", "text": "::weather"}))
    type(said).objects.filter(pk=said.pk).update(state="processed")
    return CommandCall.objects.create(activity=said, command=command, tenant=party.tenant, due=due)
