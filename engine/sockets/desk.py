"""`/admin/desk/events`: tells an agent's desk which conversations have something new.

It carries hints only; the desk reads the conversations over HTTP, where access is checked. Staff sign in with the
admin's session, so the Origin must be our own.
"""

import asyncio
import json
import logging
import time
from typing import Any
from urllib.parse import urlsplit

from engine.sockets.lifetime import Socket
from engine.sockets.outlet import TOO_SLOW, Outlet, TooSlow
from engine.sockets.plain import FAULT
from engine.sockets.switchboard import switchboard
from engine.sockets.threads import in_thread
from portal.access import staff_hubs
from portal.models import User

log = logging.getLogger("engine.sockets")
TICK = 15.0  # seconds of silence before a sign of life
UNAUTHORISED = 4401
LOOK = 3.0  # seconds before it is looked again whether somebody may still listen, and to which hubs


class DeskConsumer(Socket):
    """Frames: `{"conversations": ["…"]}`, and `{}` as a sign of life."""

    protocol = "desk"

    async def connect(self) -> None:
        """Staff of a tenant or operators, from our own pages only."""
        user = self.scope.get("user")
        if not self._own_origin() or not (user and user.is_authenticated and user.is_staff):
            await self.close()
            return
        await self.accept()
        self.count()
        self.pump = asyncio.create_task(self._pump(user.pk))

    def _own_origin(self) -> bool:
        headers = dict(self.scope["headers"])
        origin, host = headers.get(b"origin", b"").decode("latin-1"), headers.get(b"host", b"").decode("latin-1")
        return bool(host) and urlsplit(origin).netloc == host

    async def _pump(self, user_id: Any) -> None:
        listener = switchboard.join()
        try:
            outlet, said = Outlet(self.base_send), time.monotonic()
            while (hubs := await in_thread(_hub_keys, user_id)) is not None:
                if listener.keys != hubs:
                    switchboard.leave(listener)
                    listener = switchboard.join(*hubs)
                heard = await listener.wait(LOOK)
                if heard or time.monotonic() - said >= TICK:
                    await outlet.wait()
                    await self.send(json.dumps({"conversations": sorted(heard)} if heard else {}))
                    said = time.monotonic()
            await self.close(UNAUTHORISED)
        except TooSlow:
            await self.close(TOO_SLOW)
        except Exception as fault:
            log.warning("desk's socket failed", extra={"fault": type(fault).__name__})
            await self.close(FAULT)
        finally:
            switchboard.leave(listener)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """The desk has nothing to say here."""


def _hub_keys(user_id: Any) -> list[str] | None:
    """The switchboard's keys of the hubs a person may see; None when they may no longer sign in."""
    user = User.objects.filter(pk=user_id, is_active=True, is_staff=True).select_related("tenant").first()
    if user is None or (user.tenant and not user.tenant.enabled):
        return None
    return sorted(f"h:{hub}" for hub in staff_hubs(user).values_list("pk", flat=True))
