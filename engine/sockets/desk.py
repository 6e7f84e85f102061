"""`/admin/desk/events`: tells an agent's desk which conversations have something new.

It carries wake-ups only; the desk reads the conversations over HTTP, where access is checked. Staff log in with the
admin's session, so the Origin must be our own. The socket lives no longer than the session.
"""

import asyncio
import json
import logging
import time
from typing import Any
from urllib.parse import urlsplit

from engine.sockets.backpressure import TOO_SLOW, BackPressure, TooSlow
from engine.sockets.lifetime import Socket
from engine.sockets.plain import FAULT
from engine.sockets.switchboard import switchboard
from engine.sockets.threads import in_thread
from portal.access import staff_hubs
from portal.admin.roles import Rank, rank_of
from portal.admin.sessions import user_of_session

log = logging.getLogger("engine.sockets")
TICK = 15.0  # seconds of silence before a sign of life
UNAUTHORISED = 4401
LOOK = 3.0  # seconds between looks at the session: a log-out, a new password or a lost role ends it within five
Hubs = list[tuple[str, str]]  # the switchboard's key of each hub, and its name


class DeskConsumer(Socket):
    """Frames: `{}` when it begins to listen and as a sign of life, `{"conversations": ["…"]}`, `{"hubs": true}`."""

    protocol = "desk"

    async def connect(self) -> None:
        """From our own pages only. Strangers are accepted and closed with a code: browsers hide a refused handshake."""
        if not self._own_origin():
            await self.close()
            return
        await self.accept()
        self.count()
        self.pump = asyncio.create_task(self._pump(self.scope["session"].session_key))

    def _own_origin(self) -> bool:
        headers = dict(self.scope["headers"])
        origin, host = headers.get(b"origin", b"").decode("latin-1"), headers.get(b"host", b"").decode("latin-1")
        return bool(host) and urlsplit(origin).netloc == host

    async def _pump(self, session_key: str | None) -> None:
        try:
            await self._listen(session_key)
            await self.close(UNAUTHORISED)
        except TooSlow:
            await self.close(TOO_SLOW)
        except Exception as fault:
            log.warning("desk's socket failed", extra={"fault": type(fault).__name__})
            await self.close(FAULT)

    async def _listen(self, session_key: str | None) -> None:
        """Send what is heard of until the session ends."""
        backpressure, said = BackPressure(self.base_send), time.monotonic()
        known: Hubs | None = None
        listener = switchboard.join()
        try:
            while (hubs := await in_thread(_hubs_of, session_key)) is not None:
                looked = time.monotonic()
                if hubs != known:
                    listener = switchboard.rejoin(listener, [key for key, _ in hubs])
                    await self._send(backpressure, {} if known is None else {"hubs": True})
                    known = hubs
                while (left := looked + LOOK - time.monotonic()) > 0:
                    heard = await listener.wait(left)
                    if heard or time.monotonic() - said >= TICK:
                        await self._send(backpressure, {"conversations": sorted(heard)} if heard else {})
                        said = time.monotonic()
        finally:
            switchboard.leave(listener)

    async def _send(self, backpressure: BackPressure, content: dict[str, Any]) -> None:
        """Send when the connection is ready; raises `TooSlow`."""
        await backpressure.wait()
        await self.send(json.dumps(content))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """The desk has nothing to say here."""


def _hubs_of(session_key: str | None) -> Hubs | None:
    """The hubs that a session's user may see; None when the desk is closed to them."""
    user = user_of_session(session_key)
    if user is None or rank_of(user) < Rank.AGENT:
        return None
    return [(f"h:{key}", name) for key, name in staff_hubs(user).order_by("pk").values_list("pk", "name")]
