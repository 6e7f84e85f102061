"""Closes sockets whose token has ended: one look at the database every few seconds for a whole process."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from engine.sockets.threads import in_thread
from hubster.lib import clock
from portal.identity.tokens import Caller, Visitor, fault_of
from portal.models import ClientSecret, Integration

log = logging.getLogger("engine.sockets")
EVERY = 2.0  # seconds; a revoked token closes its sockets within five
Refuse = Callable[[], Any]


class TokenWatch:
    """Knows every open socket's caller and how to close it."""

    def __init__(self) -> None:
        self.open: dict[object, Caller | Visitor] = {}
        self.callers: dict[Caller | Visitor, dict[object, Refuse]] = {}  # how to close the sockets of each
        self.task: asyncio.Task[None] | None = None

    def watch(self, socket: object, caller: Caller | Visitor, refuse: Refuse) -> None:
        """Begin to watch; `refuse` is called, in the event loop, when the token has ended."""
        self.open[socket] = caller
        self.callers.setdefault(caller, {})[socket] = refuse
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._loop())

    def forget(self, socket: object) -> None:
        """The socket is closed."""
        caller = self.open.pop(socket, None)
        if caller is not None:
            del self.callers[caller][socket]
            if not self.callers[caller]:
                del self.callers[caller]

    async def _loop(self) -> None:
        while self.open:
            await asyncio.sleep(EVERY)
            try:
                await self._check()
            except Exception as fault:
                log.warning("token check failed", extra={"fault": type(fault).__name__})

    async def _check(self) -> None:
        callers = set(self.callers)
        for caller in callers - await in_thread(still_good, callers):
            for refuse in list(self.callers.get(caller, {}).values()):
                await refuse()


def still_good(callers: set[Caller | Visitor]) -> set[Caller | Visitor]:
    """Those whose token, secret, client, integration and tenant are still in force: two queries."""
    now = clock.now()
    secrets = {caller.secret_id for caller in callers if isinstance(caller, Caller)}
    ends = {caller.integration_id for caller in callers if isinstance(caller, Visitor)}
    rows = ClientSecret.objects.filter(pk__in=secrets, client__enabled=True).select_related("client__tenant")
    live = {row.pk for row in rows if not (row.expired or fault_of(row.client.tenant))}
    homes = Integration.objects.filter(pk__in=ends).select_related("hub__tenant").defer("configuration")
    kept = {row.pk for row in homes if not fault_of(row.hub.tenant)}

    def good(caller: Caller | Visitor) -> bool:
        if caller.expires <= now.timestamp():
            return False
        return caller.integration_id in kept if isinstance(caller, Visitor) else caller.secret_id in live

    return {caller for caller in callers if good(caller)}


token_watch = TokenWatch()
