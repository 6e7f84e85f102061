"""`/api/v1/events`: activities as plain JSON text frames, for those who have no SignalR client."""

from engine.sockets.base import MAX_FRAME, FeedConsumer, describe
from engine.sockets.frames import json_text
from hubster.lib.errors import HubsterError
from hubster.lib.websocket_rules import TOO_MUCH

PROTOCOL = "hubster.events.v1"
FAULT = 4500  # a fault of ours; Daphne refuses to send the registered codes
_CLOSE = {401: 4401, 403: 4403, 404: 4404, 429: TOO_MUCH}


class EventsConsumer(FeedConsumer):
    """Sends activities only; clients that ask for the subprotocol `hubster.events.v1` get pings as frames too."""

    protocol = "json"

    def opened(self) -> None:
        """Start at once."""
        self.begin()

    def choose_protocol(self) -> str | None:
        """Our own when the client offers it."""
        self.pings = PROTOCOL in (self.scope.get("subprotocols") or ())
        return PROTOCOL if self.pings else None

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Clients have nothing to say here; only abuse is acted upon."""
        if len(text_data or bytes_data or b"") > MAX_FRAME:
            await self.close(TOO_MUCH)

    @staticmethod
    def wrap(activity: str) -> str:
        """The activity itself."""
        return activity

    async def keep_alive(self) -> None:
        """A frame that browsers can see, unlike a protocol ping."""
        if self.pings:
            await self.say('{"type":"ping"}')

    async def refuse(self, error: HubsterError) -> None:
        """`{"error": "[ENG000102]: …"}`, then a close code made of the HTTP status."""
        await self.send(json_text({"error": describe(error)}))
        await self.close(FAULT if error.status >= 500 else _CLOSE.get(error.status, 4400))
