"""Loads the conversations that the pipeline holds, in three statements whose texts are made once."""

import uuid
from collections import defaultdict, deque
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import models

from engine import access
from engine.actions.handover import meanwhile
from engine.models import Activity, Conversation, PipelineLane
from engine.pipeline.conversation_run import Run
from engine.work import Held
from hubster.lib import sql
from portal.models import Hub, Integration

MOST = 20  # activities of one conversation in a batch
ROOM = 65_536  # characters of their contents; the first is taken whatever its size


def load(held: Held) -> list[Run]:
    """The conversations that are held, each with what waits in it and its hub's active integrations."""
    keys = [sql.value(Conversation, "id", key) for key in held]
    lanes = {lane.pk: lane for lane in (_with_ends(*row) for row in _lanes().rows({"held": keys}))}
    integrations = access.active_integrations_of({lane.conversation.hub_id for lane in lanes.values()})
    waiting: dict[uuid.UUID, deque[Activity]] = defaultdict(deque)
    said: dict[uuid.UUID, list[dict[str, Any]]] = {}
    given = {"held": keys, "accepted": Activity.State.ACCEPTED.value, "most": MOST, "room": ROOM}
    for (activity,) in _waiting().rows(given):
        activity.conversation = lanes[activity.conversation_id].conversation
        waiting[activity.conversation_id].append(activity)
        if activity.claimed_after is not None:
            said[activity.pk] = meanwhile(activity.conversation_id, activity.claimed_after, activity.event_id)
    return [
        Run(lane, held[key], lane.conversation, integrations[lane.conversation.hub_id], waiting[key], said)
        for key, lane in lanes.items()
    ]


def _with_ends(lane: PipelineLane, conversation: Conversation, hub: Hub, integration: Integration) -> PipelineLane:
    integration.hub = hub
    lane.conversation, conversation.hub, conversation.integration = conversation, hub, integration
    return lane


def _fields(model: type[models.Model]) -> Sequence[str]:
    return [field.name for field in model._meta.concrete_fields]


@cache
def _lanes() -> sql.Select:
    """With everything that a step may read, for it cannot ask the database."""
    parts = [(PipelineLane, "l"), (Conversation, "c"), (Hub, "h"), (Integration, "i")]
    return sql.Select(
        [(model, alias, _fields(model)) for model, alias in parts],
        f"FROM {sql.name(PipelineLane)} l JOIN {sql.name(Conversation)} c ON c.id = l.conversation_id "
        f"JOIN {sql.name(Hub)} h ON h.id = c.hub_id JOIN {sql.name(Integration)} i ON i.id = c.integration_id "
        "WHERE l.conversation_id = ANY(%(held)s)",
    )


@cache
def _waiting() -> sql.Select:
    """Activities in their order: of each conversation the first, and those behind it for which there is room."""
    return sql.Select(
        [(Activity, "a", _fields(Activity))],
        "FROM (SELECT x.*, row_number() OVER so_far AS place, sum(length(CAST(x.content AS text))) OVER so_far AS size "
        f"FROM {sql.name(Activity)} x JOIN {sql.name(PipelineLane)} l ON l.conversation_id = x.conversation_id "
        "WHERE l.conversation_id = ANY(%(held)s) AND x.event_id > l.handled AND x.state = %(accepted)s "
        "WINDOW so_far AS (PARTITION BY x.conversation_id ORDER BY x.event_id)) a "
        "WHERE a.place <= %(most)s AND (a.place = 1 OR a.size <= %(room)s) ORDER BY a.conversation_id, a.event_id",
    )
