"""`/admin/desk/events`: tells an agent's desk which conversations have something new.

It carries hints only; the desk reads the conversations over HTTP, where access is checked. Staff sign in with the
admin's session, so the Origin must be our own.
"""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from engine.sockets.switchboard import Listener, switchboard
from engine.sockets.threads import in_thread
from hubster.lib.metrics import SOCKETS
from portal.access import staff_hubs
from portal.models import User

TICK = 15.0


class DeskConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Frames: `{"conversations": ["…"]}`, and `{}` as a sign of life."""

    pump: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Staff of a tenant or operators, from our own pages only."""
        user = self.scope.get("user")
        if not self._own_origin() or not (user and user.is_authenticated and user.is_staff):
            await self.close()
            return
        await self.accept()
        SOCKETS.labels("desk").inc()
        self.pump = asyncio.create_task(self._pump(user.pk))

    def _own_origin(self) -> bool:
        headers = dict(self.scope["headers"])
        origin, host = headers.get(b"origin", b"").decode("latin-1"), headers.get(b"host", b"").decode("latin-1")
        return bool(host) and urlsplit(origin).netloc == host

    async def _pump(self, user_id: Any) -> None:
        listener: Listener | None = None
        try:
            while True:
                hubs = await in_thread(_hub_keys, user_id)
                if hubs is None:
                    await self.close(4401)
                    return
                if listener is None or listener.keys != hubs:
                    if listener:
                        switchboard.leave(listener)
                    listener = switchboard.join(*hubs)
                heard = await listener.wait(TICK)
                await self.send(json.dumps({"conversations": sorted(heard)} if heard else {}))
        finally:
            if listener:
                switchboard.leave(listener)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """The desk has nothing to say here."""

    async def disconnect(self, code: int) -> None:
        """Stop listening."""
        if self.pump:
            SOCKETS.labels("desk").dec()
            self.pump.cancel()
        raise StopConsumer


def _hub_keys(user_id: Any) -> list[str] | None:
    """The switchboard's keys of the hubs a person may see; None when they may no longer sign in."""
    user = User.objects.filter(pk=user_id, is_active=True, is_staff=True).select_related("tenant").first()
    if user is None or (user.tenant and not user.tenant.enabled):
        return None
    return sorted(f"h:{hub}" for hub in staff_hubs(user).values_list("pk", flat=True))
