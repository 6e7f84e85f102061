"""The mutations: each takes one safeguard of the product away, so that the harness can show that it notices."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

DELAY = 0.3  # seconds by which a mutation widens the gap that it opens


def answer_before_commit(_: str) -> None:
    """The receipt is answered while the transaction is still open."""
    from django.db import connection, transaction

    from engine.inbound import views

    plain = views.do_receive_from

    def work(found: dict[str, Any], ready: threading.Event, arguments: tuple[Any, ...]) -> None:
        try:
            with transaction.atomic():
                found["row"] = plain(*arguments)
                ready.set()
                time.sleep(DELAY)
        except Exception as fault:
            found["fault"] = fault
            ready.set()
        finally:
            connection.close()

    def early(*arguments: Any) -> Any:
        found: dict[str, Any] = {}
        ready = threading.Event()
        threading.Thread(target=work, args=(found, ready, arguments)).start()
        ready.wait()
        if "fault" in found:
            raise found["fault"]
        return found["row"]

    views.do_receive_from = early


def repeats_unchecked(_: str) -> None:
    """A repeat is looked for before the conversation is locked, as in "get, then set", and nothing else stops it."""
    from engine import access

    plain, look = access.locked_conversation, access.find_repeat
    found = threading.local()

    def locked(caller: Any, conversation_id: Any) -> Any:
        early = Conversation.objects.select_related("integration", "hub__tenant").get(pk=conversation_id)
        found.row = look(early.integration, found.said.dedupe_key, found.said.fingerprint)
        return plain(caller, conversation_id)

    def receive_from(caller: Any, conversation_id: Any, find_sender: Any, said: Any, *more: Any) -> Any:
        found.said = said
        return whole(caller, conversation_id, find_sender, said, *more)

    from engine.inbound import views
    from engine.models import Conversation

    whole = views.do_receive_from
    access.locked_conversation, access.find_repeat, views.do_receive_from = locked, lambda *_: found.row, receive_from


def ids_from_a_sequence(_: str) -> None:
    """The eventId comes from a sequence; the conversation is not locked while it is given out."""
    import random

    from django.db import connection

    from engine import access
    from engine.actions import append, receive
    from engine.models import Conversation

    plain = append.do_append_activity

    def locked(_: Any, conversation_id: Any) -> Any:
        row = Conversation.objects.select_related("integration", "hub__tenant").get(pk=conversation_id)
        row.integration.hub = row.hub
        return row

    def out_of_order(conversation: Any, *arguments: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('chaos_event_id')")
            conversation.last_event_id, conversation.reserved_event_id = cursor.fetchone()[0], 0
        time.sleep(random.uniform(0, 0.03))
        return plain(conversation, *arguments)

    class SequenceOnly:
        """The clock plays no part in the id."""

        now = staticmethod(append.clock.now)
        now_ms = staticmethod(lambda: 0)

    access.locked_conversation, receive.do_append_activity = locked, out_of_order
    append.do_append_activity, append.clock = out_of_order, SequenceOnly


def no_sweeper(_: str) -> None:
    """Nobody looks for forgotten rows: whoever rests, rests until somebody wakes it."""
    from engine.work.loop import Loop

    async def rest(self: Any) -> None:
        await self.woken.wait()

    Loop._rest = rest


def wake_ups_lost(_: str) -> None:
    """No wake-up leaves the process, as if it died between each commit and what follows."""
    from hubster.lib import wakeups

    wakeups.publish = lambda kind: None


def lease_without_token(_: str) -> None:
    """A result counts, whoever holds the lane now."""
    from engine.delivery import store

    def lock(model: Any, held: Any) -> Any:
        rows = model.objects.select_for_update(of=("self",)).filter(pk__in=list(held)).order_by(*model.lock_order)
        return {row.pk: row for row in rows}

    store.lock = lock


def wake_up_inside(_: str) -> None:
    """The wake-up goes out before the commit."""
    from engine.actions import append
    from engine.pipeline import outbox
    from engine.work import wake

    def at_once(kind: str) -> None:
        wake.wake_up(kind)
        time.sleep(DELAY)

    append.after_commit = outbox.after_commit = at_once


def join_after_reading(_: str) -> None:
    """A socket reads first and only then listens."""
    import asyncio

    from engine.sockets.audience import audiences
    from engine.sockets.base import FeedConsumer
    from engine.sockets.feed import parse_feed_query

    async def pump(self: Any) -> None:
        query = parse_feed_query(self.query)
        feed = await self._open(query)
        await self._round(feed, set())
        await asyncio.sleep(DELAY)
        self.follower = audiences.join(query, self.wrap, self.push)
        try:
            while True:
                heard = await self.follower.rest(feed)
                await self._round(feed, heard)
        finally:
            self._forget()

    FeedConsumer._pump = pump


def due_in_memory(_: str) -> None:
    """The time of the next attempt is kept by a timer of the worker, not in the database."""
    from engine.delivery import store
    from engine.models import Delivery, Lane
    from hubster.lib import clock

    plain, end = store.next_attempt, store._end

    def far(now: Any, attempts: int) -> Any:
        return plain(now, attempts) and now + timedelta(hours=1)

    def later(call: Any) -> None:
        end(call)
        due = plain(clock.now(), call.delivery.attempts)
        if call.delivery.status == Delivery.Status.PENDING and due:

            def again() -> None:
                Delivery.objects.filter(pk=call.delivery.pk).update(next_attempt=clock.now())
                Lane.objects.filter(pk=call.lane.pk).update(due=clock.now())

            threading.Timer((due - clock.now()).total_seconds(), again).start()

    store.next_attempt, store._end = far, later


def webhooks_deleted_when_read(_: str) -> None:
    """A provider's webhook is gone before what it says is stored."""
    from engine.inbox import kind, parse
    from engine.models import InboxPost

    def load(held: Any) -> Any:
        batches = parse.load(held)
        for batch in batches:
            InboxPost.objects.filter(pk__in=[post.pk for post in batch.posts]).delete()
        return batches

    object.__setattr__(kind.KIND, "load", load)


def send_without_waiting(_: str) -> None:
    """A socket sends however much its client has not taken yet."""
    from engine.sockets.backpressure import BackPressure

    async def wait(self: Any) -> None:
        """Not at all."""

    BackPressure.wait = wait


KNOWN: dict[str, Callable[[str], None]] = {
    "answer_before_commit": answer_before_commit,
    "repeats_unchecked": repeats_unchecked,
    "ids_from_a_sequence": ids_from_a_sequence,
    "no_sweeper": no_sweeper,
    "wake_ups_lost": wake_ups_lost,
    "lease_without_token": lease_without_token,
    "wake_up_inside": wake_up_inside,
    "join_after_reading": join_after_reading,
    "due_in_memory": due_in_memory,
    "send_without_waiting": send_without_waiting,
    "webhooks_deleted_when_read": webhooks_deleted_when_read,
}
