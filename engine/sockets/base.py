"""The common part of both socket protocols: proof, feed, signs of life, limits. They differ in frames only."""

import asyncio
import logging
import time
from typing import Any
from urllib.parse import parse_qsl

from engine.sockets.at_once import at_once
from engine.sockets.audience import Follower, audiences
from engine.sockets.backpressure import TOO_SLOW, BackPressure, TooSlow
from engine.sockets.connection_limits import connection_limits
from engine.sockets.feed import Feed, FeedQuery, open_feed, parse_feed_query
from engine.sockets.lifetime import Socket
from engine.sockets.progress import Position
from engine.sockets.pulse import pulse
from engine.sockets.threads import in_thread
from engine.sockets.token_watch import token_watch
from hubster.lib import clock
from hubster.lib.errors import HubsterError, fail
from hubster.lib.shared_text import SharedText
from portal.identity import tokens
from portal.identity.tokens import Caller, Visitor

log = logging.getLogger("engine.sockets")
MAX_FRAME = 65_536  # characters from a client
BEARER = "bearer."


def caller_of(token: str) -> Caller | Visitor:
    """The caller behind a socket's token; raises ENG000102 or ENG000101, or the tenant's fault."""
    try:
        claims = tokens.read(token)
        if claims["aud"] == tokens.WEBCHAT:
            return tokens.visitor(claims)
        caller = tokens.client_caller(claims, tokens.ENGINE)
    except tokens.TokenRefused as refusal:
        raise fail("ENG000102", text=str(refusal)) from None
    except tokens.WrongResource:
        raise fail("ENG000101", text="This token is for another resource; sockets need an engine token.") from None
    if caller.tenant_fault:
        raise fail("ENG002001" if caller.tenant_fault == "disabled" else "ENG002002")
    return caller


def _admit(token: str, query: FeedQuery, since: int) -> tuple[Caller | Visitor, Feed]:
    caller = caller_of(token)
    return caller, open_feed(caller, query, since)


def describe(error: HubsterError) -> str:
    """`[ENG000102]: Unauthorized access.`"""
    return str(error)


class FeedConsumer(Socket):
    """A socket that receives activities."""

    follower: Follower | None = None
    spoke = 0.0  # when it last sent something
    alive: asyncio.Task[None] | None = None  # a sign of life that is being sent

    async def connect(self) -> None:
        """Accept; errors are told inside the protocol, where every client can see them."""
        self.query = dict(parse_qsl(self.scope["query_string"].decode("latin-1")))
        self.since = clock.now_ms()
        await self.accept(self.choose_protocol())
        self.count()
        self.backpressure = BackPressure(self.base_send, self.scope.get("state", {}).get("push"))
        try:
            connection_limits.enter(self, self.scope)
        except HubsterError as error:
            await self.refuse(error)
        else:
            self.opened()

    def opened(self) -> None:
        """It is accepted and has its place."""
        raise NotImplementedError

    def choose_protocol(self) -> str | None:
        """The subprotocol to confirm."""
        return None

    def token(self) -> str:
        """From the Authorization header, a subprotocol, or the query (for clients that can do no other)."""
        for name, value in self.scope["headers"]:
            if name == b"authorization":
                return str(value.decode("latin-1").partition(" ")[2].strip())
        for name in self.scope.get("subprotocols") or ():
            if name.startswith(BEARER):
                return str(name.removeprefix(BEARER))
        return str(self.query.get("access_token", ""))

    def begin(self) -> None:
        """Start the feed."""
        self.pump = asyncio.create_task(self._pump())

    async def _pump(self) -> None:
        try:
            query = parse_feed_query(self.query)
            self.follower = audiences.join(query, self.wrap, self.push)
            feed = await self._open(query)
            await self.greet()
            self.spoke = time.monotonic()
            pulse.join(self)
            await self._run(feed, self.follower)
        except HubsterError as error:
            await self.refuse(error)
        except TooSlow:
            await self._given_up()
        except asyncio.CancelledError:
            raise
        except Exception as fault:
            log.exception("socket failed", extra={"fault": type(fault).__name__})
            await self.refuse(fail("EVT000100"))
        finally:
            self._forget()

    async def _open(self, query: FeedQuery) -> Feed:
        token = self.token()
        if not token:
            raise fail("ENG000102", text="No access token was given.")
        caller, feed = await in_thread(_admit, token, query, self.since)
        connection_limits.know(self, caller)
        token_watch.watch(self, caller, self._revoked)
        return feed

    async def _run(self, feed: Feed, follower: Follower) -> None:
        """Read for ourselves whatever nobody reads for us: at first, and whenever we have fallen behind."""
        heard: set[str] = set()  # nothing: look everywhere
        while True:
            await self._round(feed, heard)
            heard = await follower.rest(feed)
            await self.backpressure.wait()

    async def _round(self, feed: Feed, heard: set[str]) -> None:
        position: Position | None = feed.begin(heard)
        while position:
            news, position = await in_thread(feed.read, heard, position)
            for item in news:
                await self.say(self.wrap(item.text))

    def push(self, shared: SharedText) -> bool:
        """Send what was read for many, without waiting; False: read it again for us alone."""
        self.spoke = time.monotonic()
        try:
            return self.backpressure.push(shared)
        except Exception as fault:
            log.info("a socket cannot be sent to", extra={"fault": type(fault).__name__})
            return False

    def was_silent(self) -> None:
        """A sign of life is due. One that stands still is noticed also when there is nothing new."""
        if self.follower and self.follower.level:
            if self.backpressure.free.is_set():
                self.alive = at_once(self._give_sign())
            else:
                self.follower.fall_behind(set())

    async def _give_sign(self) -> None:
        try:
            await self.keep_alive()
        except Exception as fault:
            log.info("a socket cannot be sent to", extra={"fault": type(fault).__name__})

    async def _revoked(self) -> None:
        if self.pump:
            self.pump.cancel()
        token_watch.forget(self)
        await self.refuse(fail("ENG000102", text="The token has expired."))

    def _forget(self) -> None:
        token_watch.forget(self)
        connection_limits.leave(self)
        pulse.leave(self)
        if self.follower:
            audiences.leave(self.follower)
            self.follower = None

    def release(self) -> None:
        """The last word that the token watch and the connection limits hear of it."""
        super().release()
        self._forget()

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        """Handle a frame of the client; the answer waits until the client takes it, and so does its next frame."""
        try:
            await super().websocket_receive(message)
        except TooSlow:
            await self._given_up()

    async def say(self, text: str) -> None:
        """A frame, as soon as the connection takes it; raises `TooSlow`. Only a last word does not wait."""
        await self.backpressure.wait()
        self.spoke = time.monotonic()
        await self.send(text)

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Begin the end; nobody waits for the client any more."""
        await super().close(code, reason)
        self.backpressure.stopProducing()

    async def _given_up(self) -> None:
        log.info("a client that takes nothing is closed", extra={"protocol": self.protocol})
        await self.close(TOO_SLOW)

    async def greet(self) -> None:
        """Whoever asked may listen, and the feed begins."""

    @staticmethod
    def wrap(activity: str) -> str:
        """The protocol's frame around one activity, given as JSON."""
        raise NotImplementedError

    async def keep_alive(self) -> None:
        """A sign of life."""
        raise NotImplementedError

    async def refuse(self, error: HubsterError) -> None:
        """Tell the error and close."""
        raise NotImplementedError
