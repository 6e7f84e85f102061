"""Handover: who answers, the bot or an agent, changes by event or because an agent answers."""

from engine.models import Conversation
from engine.pipeline.passage import Passage

_EVENTS = {
    "hubster.handover": Conversation.Side.AGENT,
    "hubster.takeover": Conversation.Side.AGENT,
    "hubster.handback": Conversation.Side.BOT,
}


def step(passage: Passage) -> None:
    """The business's events decide first; an agent who simply answers takes over."""
    if passage.activity.sender_type not in ("Agent", "Bot"):
        return
    side = _EVENTS.get(str(passage.content.get("payloadType")))
    if side is None and passage.activity.sender_type == "Agent" and passage.activity.type == "message":
        side = Conversation.Side.AGENT
    if side and side != passage.answering_side:
        asked_for = passage.content.get("payloadType") == "hubster.handover"
        passage.hand_to(side, f"From now on the {side.lower()} answers.", waiting=asked_for)
