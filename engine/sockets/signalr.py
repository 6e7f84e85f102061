"""`/engine-chat-hub`: the public SignalR JSON hub protocol, version 1, as far as receiving needs it.

Records end with 0x1E. See HubProtocol.md and TransportProtocols.md of the ASP.NET Core sources.
"""

import asyncio
import json
import re
import time
import uuid
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from engine.sockets.base import MAX_FRAME, FeedConsumer, describe
from engine.sockets.frames import json_text
from engine.sockets.pulse import TICK
from hubster.lib.errors import HubsterError
from hubster.lib.websocket_rules import TOO_MUCH

END = "\x1e"
TARGET = "ReceiveDirectActivities"
INVOCATION, COMPLETION, PING, CLOSE = 1, 3, 6, 7
HANDSHAKE = 15.0  # seconds that a client has for it, as ASP.NET Core gives
SILENCE = 4 * TICK  # seconds after which a client that has begun to ping, and says nothing more, is given up
NEWEST = 1  # version of the negotiation


@csrf_exempt
@require_POST
def negotiate(request: HttpRequest) -> JsonResponse:
    """POST /engine-chat-hub/negotiate: websockets only. Nothing is kept, so any process may serve the socket.

    Pages of any origin may ask with their credentials, see `hubster.lib.cors`: no cookie may ever be read here.
    """
    wanted = request.GET.get("negotiateVersion") or "0"
    if not re.fullmatch("[0-9]{1,9}", wanted):
        return JsonResponse({"error": f"The client requested an invalid protocol version '{wanted[:40]}'."})
    connection, version = uuid.uuid4().hex, min(int(wanted), NEWEST)
    answer: dict[str, Any] = {
        "negotiateVersion": version,
        "connectionId": connection,
        "availableTransports": [{"transport": "WebSockets", "transferFormats": ["Text"]}],
    }
    if version:
        answer["connectionToken"] = connection
    return JsonResponse(answer)


class SignalRConsumer(FeedConsumer):
    """Handshake, pings, close; each activity is an invocation of `ReceiveDirectActivities`.

    The handshake is answered when the feed is open, so that a refused token ends it with its error.
    """

    protocol = "signalr"
    asked = False  # the client has sent its handshake
    shaken = False  # we have answered it
    pings = False  # the client has begun to ping, and is expected to go on
    ended = False  # we have said why and closed
    buffer = ""
    last_heard = 0.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.greeted = asyncio.Event()  # the handshake is answered, or the socket has ended

    def opened(self) -> None:
        """Wait for the handshake; the feed's pump takes the place of the one that waits."""
        self.pump = asyncio.create_task(self._give_up())

    async def _give_up(self) -> None:
        await asyncio.sleep(HANDSHAKE)
        await self._end(f"No handshake came within {HANDSHAKE:g} seconds.")

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Records of the client; a record may be split over frames and a frame may hold several."""
        text = text_data if text_data is not None else (bytes_data or b"").decode("utf-8", "replace")
        self.last_heard = time.monotonic()
        self.buffer += text
        if len(self.buffer) > MAX_FRAME:
            await self.close(TOO_MUCH)
            return
        *records, self.buffer = self.buffer.split(END)
        for record in records:
            if not self.ended:
                await self._record(record)

    async def _record(self, record: str) -> None:
        try:
            message = json.loads(record)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            await self._end("The record is not a JSON object.")
        elif not self.asked:
            await self._handshake(message)
        elif message.get("type") == PING:
            self.pings = True
        elif message.get("type") == CLOSE:
            await self.close()
        elif message.get("type") == INVOCATION and message.get("invocationId"):
            await self._invoked(message["invocationId"], message.get("target"))

    async def _invoked(self, invocation: Any, target: Any) -> None:
        if not (isinstance(invocation, str) and isinstance(target, str)):
            await self._end("The 'invocationId' and the 'target' of an invocation must be strings.")
            return
        await self.greeted.wait()  # nothing may come before the handshake's answer
        if self.ended:
            return
        error = f"Unknown hub method '{target[:80]}'"
        await self._send({"type": COMPLETION, "invocationId": invocation, "error": error})

    async def _handshake(self, message: dict[str, Any]) -> None:
        version = message.get("version")
        # ASP.NET Core takes every version up to its own; signalrcore sends the 0 that it has negotiated.
        if message.get("protocol") != "json" or version not in (0, 1) or isinstance(version, bool):
            await self._end("Only the 'json' protocol in version 1 is supported.")
            return
        if self.pump:
            self.pump.cancel()
        self.asked = True
        self.begin()

    async def greet(self) -> None:
        """The handshake's answer, unless it was refused meanwhile."""
        if not self.ended:
            self.shaken = True
            await self._send({})
            self.greeted.set()

    async def _send(self, message: dict[str, Any]) -> None:
        await self.say(json_text(message) + END)

    async def _end(self, text: str, again: bool = False) -> None:
        self.ended = True
        self.greeted.set()
        close = {"type": CLOSE, "error": text, **({"allowReconnect": True} if again else {})}
        await self.send(json_text(close if self.shaken else {"error": text}) + END)
        await self.close()

    @staticmethod
    def wrap(activity: str) -> str:
        """An invocation without an answer."""
        return f'{{"type":{INVOCATION},"target":"{TARGET}","arguments":[{activity}]}}{END}'

    async def keep_alive(self) -> None:
        """A ping. As ASP.NET Core does, a client is timed from its first ping on: older ones send none."""
        if self.pings and time.monotonic() - self.last_heard > SILENCE:
            await self._end(f"The client has sent nothing for {SILENCE:g} seconds.", again=True)
            return
        await self._send({"type": PING})

    async def refuse(self, error: HubsterError) -> None:
        """`HubException: [code]: description`; after a fault of ours a client may come back by itself.

        Only a close message can say that it may, so that fault waits for the handshake to be answered.
        """
        if error.status >= 500 and self.asked and not self.shaken:
            self.shaken = True
            await self.send(json_text({}) + END)
        await self._end(f"HubException: {describe(error)}", again=error.status >= 500)
