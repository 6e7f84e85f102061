"""Audiences: all sockets of this process that listen to the same are read for once.

A follower is *level* when it has all that was announced, and its connection takes more. What is heard of next is read
once for all who are level, and each takes what is new to itself. The others read for themselves until they are level.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable

from engine.sockets.feed import Feed, FeedQuery, News, together
from engine.sockets.frames import Wrap
from engine.sockets.lookout import Newest, lookout
from engine.sockets.progress import Position
from engine.sockets.switchboard import Listener, switchboard
from engine.sockets.threads import in_thread
from hubster.lib.shared_text import SharedText

log = logging.getLogger("engine.sockets")
TURN = 50  # followers that are served before others in the process have their turn
Key = tuple[uuid.UUID, uuid.UUID | None]


class Follower:
    """A socket's place in its audience."""

    def __init__(self, key: Key, wrap: Wrap, push: Callable[[SharedText], bool]) -> None:
        """`push` sends at once and says whether the connection took it."""
        self.key, self.wrap, self.push = key, wrap, push
        self.ear = Listener([])  # what it has to read for itself
        self.feed: Feed | None = None
        self.level = False

    def fall_behind(self, heard: set[str]) -> None:
        """It reads for itself what was heard of; nothing: it looks everywhere."""
        self.level = False
        for conversation in heard:
            self.ear.hear(conversation)
        if not heard:
            self.ear.look_everywhere()

    async def rest(self, feed: Feed) -> set[str]:
        """Be level until it has to read for itself; the conversations, none for everywhere."""
        self.feed, self.level = feed, not self.ear.event.is_set()
        return await self.ear.wait()

    def take(self, news: list[News], texts: list[SharedText]) -> bool:
        """Send what is new to it; False: the connection takes no more."""
        assert self.feed
        for item, text in zip(news, texts, strict=True):
            if self.feed.is_new(item):
                if not self.push(text):
                    return False
                self.feed.tell(item)
        self.feed.trim()
        return True


class Audience:
    """The followers of one integration, or of one conversation with it."""

    def __init__(self, query: FeedQuery) -> None:
        """Listens from now on."""
        self.key = query.integration_id, query.conversation_id
        self.followers: set[Follower] = set()
        self.compared: dict[str, Newest] = {}  # by conversation, what all had at the last tick
        self.listener = switchboard.join(*query.keys)
        self.task = asyncio.create_task(self._follow())

    def end(self) -> None:
        """Nobody is left."""
        self.task.cancel()
        switchboard.leave(self.listener)

    async def _follow(self) -> None:
        """One round after another: what is heard of during one is the next."""
        while True:
            heard = await self.listener.wait()
            try:
                await self._round(heard or await self._look())
            except Exception as fault:  # each notices for itself whether it can go on
                log.warning("reading for all sockets failed", extra={"fault": type(fault).__name__})
                self._fall_behind(heard)

    async def _look(self) -> set[str]:
        """Find what is new where no wake-up says it. Those who are behind look for themselves."""
        missed = await lookout.look(self)
        self._behind_look_everywhere()
        return missed

    async def _round(self, heard: set[str]) -> None:
        takers = self._level()
        for follower in self.followers.difference(takers) if heard else ():
            follower.fall_behind(heard)
        if not (heard and takers):
            return
        feeds = [follower.feed for follower in takers if follower.feed]
        feed, news, position = await in_thread(_first_page, feeds, heard)
        while True:
            takers = await self._spread(news, takers, heard)
            if not (position and takers):
                return
            news, position = await in_thread(feed.read, heard, position)

    async def _spread(self, news: list[News], takers: list[Follower], heard: set[str]) -> list[Follower]:
        """Send a page; who takes no more falls behind. Returns who is still level."""
        frames: dict[Wrap, list[SharedText]] = {}
        for number, follower in enumerate(takers, 1 if news else 0):
            if not follower.level:  # it has left, or stands still
                continue
            if follower.wrap not in frames:
                frames[follower.wrap] = [SharedText(follower.wrap(item.text)) for item in news]
            if not follower.take(news, frames[follower.wrap]):
                follower.fall_behind(heard)
            if not number % TURN:
                await asyncio.sleep(0)
        return [follower for follower in takers if follower.level]

    def _level(self) -> list[Follower]:
        return [follower for follower in self.followers if follower.level]

    def _fall_behind(self, heard: set[str]) -> None:
        for follower in self.followers:
            follower.fall_behind(heard)

    def _behind_look_everywhere(self) -> None:
        for follower in self.followers:
            if not follower.level:
                follower.fall_behind(set())

    def bound(self) -> int | None:
        """The event id behind which those who are level would look for what was missed; None: nobody is level."""
        return min((one.feed.begin()[0] for one in self._level() if one.feed), default=None)

    def missing(self, found: dict[str, Newest]) -> set[str]:
        """The conversations whose newest is new to somebody who is level. Who has joined since has looked already."""
        level = [one.feed for one in self._level() if one.feed]
        changed = {name: newest for name, newest in found.items() if self.compared.get(name) != newest}
        lacking = {
            name for name, newest in changed.items() if any(feed.lacks(uuid.UUID(name), *newest) for feed in level)
        }
        self.compared = {name: newest for name, newest in found.items() if name not in lacking}
        return lacking

    def tick(self, missed: set[str]) -> None:
        """Hear now of what no wake-up told of. The tick compares only those who are level."""
        for conversation in missed:
            self.listener.hear(conversation)
        self._behind_look_everywhere()


class Audiences:
    """Those of this process."""

    def __init__(self) -> None:
        self.open: dict[Key, Audience] = {}

    def join(self, query: FeedQuery, wrap: Wrap, push: Callable[[SharedText], bool]) -> Follower:
        """A follower that is behind; call it before reading. Must run in the process's event loop."""
        key = query.integration_id, query.conversation_id
        if key not in self.open:
            self.open[key] = Audience(query)
            lookout.watch(self.open[key])
        follower = Follower(key, wrap, push)
        self.open[key].followers.add(follower)
        return follower

    def leave(self, follower: Follower) -> None:
        """It listens no more."""
        follower.level = False
        audience = self.open[follower.key]
        audience.followers.discard(follower)
        if not audience.followers:
            lookout.forget(audience)
            self.open.pop(follower.key).end()


def _first_page(feeds: list[Feed], heard: set[str]) -> tuple[Feed, list[News], Position | None]:
    feed = together(feeds, heard)
    return feed, *feed.read(heard, feed.begin(heard))


audiences = Audiences()
