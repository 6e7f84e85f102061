"""Makes calls of lanes that are held: their first deliveries, each with an attempt that is opened before its call."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from engine import serialize
from engine.actions import disclosures
from engine.activity import is_over
from engine.adapters import Envelope, Rendered, SendError, _errors
from engine.adapters._context import Context
from engine.delivery import bots, provider
from engine.delivery.call import Call, failure
from engine.delivery.lanes import settle
from engine.delivery.provider import End
from engine.delivery.threads import Place, threads_of
from engine.models import Activity, Address, Attempt, Conversation, Delivery, Endpoint, Lane, Thread
from engine.work import Held, lock
from hubster.lib import bulk, clock, sql
from hubster.lib.pool import is_away
from portal.models import Hub, Integration, SigningKey

Pair = tuple[Lane, Delivery]
_ENDS = dict[uuid.UUID, Integration]


def load(held: Held) -> list[Call]:
    """The calls to make now. Lanes in which nothing can be sent now are given back."""
    since, now, now_ms = clock.ticks(), clock.now(), clock.now_ms()
    found = _heads(list(held))
    ready = [(lane, row) for lane, row in found if not (row.next_attempt and row.next_attempt > now)]
    late = [row for _lane, row in ready if is_over(row.activity.type, row.activity.content, row.event_id, now_ms)]
    sent = [(lane, row) for lane, row in ready if row not in late]
    calls = _opened(sent, held, since) if sent else []
    busy = {call.key for call in calls}
    if rest := {key: token for key, token in held.items() if key not in busy}:
        _put_down(rest, late)
    return calls


@cache
def _select() -> sql.Select:
    """Lanes with what comes first in them. In order, what waits for its next attempt holds up the others."""
    parts = [
        (Lane, "l", ("id", "conversation", "destination", "tenant")),
        (Delivery, "d", [field.name for field in Delivery._meta.concrete_fields]),
        (Activity, "a", [field.name for field in Activity._meta.concrete_fields if field.name != "trace"]),
        (Conversation, "c", ("id", "token_id", "properties", "hub", "address", "held_since", "held_by")),
    ]
    return sql.Select(
        parts,
        f"FROM {sql.name(Lane)} l LEFT JOIN {sql.name(Endpoint)} e ON e.destination_id = l.destination_id "
        f"JOIN {sql.name(Delivery)} d ON d.id = (SELECT x.id FROM {sql.name(Delivery)} x "
        "WHERE x.conversation_id = l.conversation_id AND x.destination_id = l.destination_id AND x.status = 'pending' "
        "AND (e.in_order IS NOT FALSE OR x.next_attempt IS NULL OR x.next_attempt <= %(now)s) "
        "ORDER BY x.event_id, x.echo LIMIT 1) "
        f"JOIN {sql.name(Activity)} a ON a.id = d.activity_id "
        f"JOIN {sql.name(Conversation)} c ON c.id = d.conversation_id "
        "WHERE l.id = ANY(%(lanes)s) AND e.paused IS NULL",
    )


def _heads(lanes: list[int]) -> list[Pair]:
    now = sql.value(Delivery, "next_attempt", clock.now())
    pairs = []
    for lane, row, activity, conversation in _select().rows({"lanes": lanes, "now": now}):
        row.activity, row.conversation, activity.conversation = activity, conversation, conversation
        pairs.append((lane, row))
    return pairs


_HUB = (
    "id", "tenant", "name", "bot_failures", "discloses_bots", "disclosure_silence", "disclosure_language",
    "disclosure_texts",
)  # fmt: skip


@cache
def _integrations(*fields: str) -> sql.Select:
    parts = [(Integration, "i", fields), (Hub, "h", _HUB)]
    tables = f"FROM {sql.name(Integration)} i JOIN {sql.name(Hub)} h ON h.id = i.hub_id"
    return sql.Select(parts, f"{tables} WHERE i.id = ANY(%(ids)s)")


def _found(ids: Iterable[uuid.UUID], *fields: str) -> _ENDS:
    """Integrations with these fields, and their hubs."""
    keys = [sql.value(Integration, "id", one) for one in ids]
    found = {}
    for integration, hub in _integrations("id", "hub", "type", "channel", "name", *fields).rows({"ids": keys}):
        integration.hub = hub
        found[integration.pk] = integration
    return found


def _set_ends(rows: Sequence[Delivery]) -> None:
    """Sender and recipient of what was said, and who gets it: one row for each of them, however often it occurs."""
    ends = _found({row.destination_id for row in rows}, "configuration")
    named = {end for row in rows for end in (row.activity.sender_integration_id, row.activity.recipient_integration_id)}
    others = _found({end for end in named if end and end not in ends})  # without configurations to decrypt
    found: dict[Any, Integration] = {**others, **ends}
    for row in rows:
        row.destination = ends[row.destination_id]
        row.activity.sender_integration = found.get(row.activity.sender_integration_id)
        row.activity.recipient_integration = found.get(row.activity.recipient_integration_id)


def _opened(pairs: Sequence[Pair], held: Held, since: int) -> list[Call]:
    """The calls, their attempts stored before any of them is made."""
    rows = [row for _lane, row in pairs]
    _set_ends(rows)
    keys = _keys({row.destination_id for row in rows})
    contexts = {row.pk: bots.context_of(row) for row in rows}
    addresses, threads = provider.addresses_of(rows), threads_of(rows)
    doubtful, lines = provider.doubtful(rows), disclosures.do_open(rows)
    prepared = [
        (None, _errors.unknown("")) if row.pk in doubtful
        else _prepared(row, keys[row.destination_id], _end_of(row, addresses, threads),
                       lines.get(row.pk, ""), contexts[row.pk])
        for row in rows
    ]  # fmt: skip
    _do_close_left([row.pk for row in rows])
    attempts = [
        Attempt(delivery=row, number=row.attempts + 1, started=clock.now(), request=provider.noted(row, rendered))
        for row, (rendered, _error) in zip(rows, prepared, strict=True)
    ]
    bulk.insert_many(attempts)
    calls = [
        Call(
            lane,
            held[lane.pk],
            row,
            attempt,
            rendered,
            error,
            row.pk in lines,
            held_since=since,
            superseded=_is_late(contexts[row.pk]),
        )
        for (lane, row), attempt, (rendered, error) in zip(pairs, attempts, prepared, strict=True)
    ]
    bots.do_begin(calls)
    return calls


def _is_late(context: Context | None) -> bool:
    return context is not None and context.superseded


def _do_close_left(deliveries: list[uuid.UUID]) -> None:
    """One that was left open means that its process died: the same attempt number is used again."""
    given = {
        "outcome": Attempt.Outcome.UNKNOWN.value,
        "error": _("The process ended before it stored the result. The attempt is repeated."),
        "open": Attempt.Outcome.OPEN.value,
        "deliveries": [sql.value(Delivery, "id", one) for one in deliveries],
    }
    text = (
        f"UPDATE {sql.name(Attempt)} SET outcome = %(outcome)s, error = %(error)s, request = '{{}}' "
        "WHERE delivery_id = ANY(%(deliveries)s) AND outcome = %(open)s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql.lists(text), sql.parameters(given))


def _keys(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[SigningKey]]:
    found: dict[uuid.UUID, list[SigningKey]] = defaultdict(list)
    for key in SigningKey.objects.filter(integration__in=list(ids)):
        if not key.expired:
            found[key.integration_id].append(key)
    return found


def _end_of(row: Delivery, addresses: dict[uuid.UUID, Address], threads: dict[Place, Thread]) -> End:
    if row.destination.type == Integration.Type.CUSTOMER:
        return End(addresses.get(row.conversation_id))
    return End(thread=threads.get((row.conversation_id, row.destination_id)))


def _prepared(
    row: Delivery, keys: Sequence[SigningKey], end: End, line: str, context: Context | None
) -> tuple[Rendered | None, SendError | None]:
    """The requests, or why there are none."""
    try:
        return provider.rendered(row, end.address, _envelope(row, keys, end, line, context)), None
    except Exception as fault:
        if is_away(fault):
            raise
        return None, failure(fault, row.destination)


def _envelope(row: Delivery, keys: Sequence[SigningKey], end: End, line: str, context: Context | None) -> Envelope:
    hub, activity = row.destination.hub, serialize.delivery_json(row)
    if line:
        activity["message"] = {**activity["message"], "disclosure": line}
    return Envelope(
        hub_id=str(hub.id),
        tenant_id=str(hub.tenant_id),
        integration_id=str(row.destination_id),
        conversation_id=str(row.conversation_id),
        conversation_properties=row.conversation.properties,
        activity=activity,
        delivery_id=str(row.id),
        timestamp=int(clock.now().timestamp()),
        signing_keys=[(key.public_key, key.private_key) for key in keys],
        author=serialize.author_type(row.activity),
        context=context,
        **provider.facts(row, end),
    )


@transaction.atomic
def _put_down(held: Held, late: Sequence[Delivery]) -> None:
    """Give back lanes in which nothing is sent now; typing that is over is not sent any more.

    The endpoints are locked first: somebody who is about to resume one does not know of lanes that came up meanwhile,
    and they would wait for ever as those of a paused one.
    """
    ends = Lane.objects.filter(pk__in=list(held)).values("destination")
    list(Endpoint.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=ends).order_by("pk"))
    lanes = lock(Lane, held)
    places = {(lane.conversation_id, lane.destination_id) for lane in lanes.values()}
    text = _("The typing event expired before it could be sent.")
    for row in late:
        if (row.conversation_id, row.destination_id) in places:
            row.status, row.ended, row.last_error = Delivery.Status.FAILED, clock.now(), row.last_error or text
            row.save(update_fields=["status", "ended", "last_error"])
    settle(list(lanes))
