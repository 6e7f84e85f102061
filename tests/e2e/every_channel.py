"""Gives a hub of a running demo an integration of every provider's channel, as connecting would leave it."""

import subprocess
import sys

from tests import live

HUB, EMPTY = "00000000-0000-0000-0000-0000000000a1", "00000000-0000-0000-0000-0000000000e0"
_MAKE = f"""
from portal.models import Hub, Integration
from tests.adapters.every_provider import CONFIGURATIONS
hub = Hub.objects.get(pk="{HUB}")
for channel, configuration in CONFIGURATIONS.items():
    rows = Integration.objects.filter(hub=hub, channel=channel)
    rows.exists() or Integration.objects.create(
        hub=hub, type="Customer", channel=channel, name=f"Kettle & Fern, {{channel}}", configuration=configuration)
Hub.objects.get_or_create(pk="{EMPTY}", defaults={{"tenant_id": hub.tenant_id, "name": "Empty hub"}})
"""


def connect_every_channel(stack: live.Stack) -> None:
    """Make what is missing."""
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", _MAKE]
    subprocess.run(command, env=stack.nodes[0].env, cwd=live.ROOT, check=True)
