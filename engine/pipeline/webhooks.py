"""Webhooks: System integrations receive a copy of the hub's messages."""

from engine import adapters
from engine.pipeline.passage import Passage


def step(passage: Passage) -> None:
    """Each System integration whose filter matches gets the message once."""
    activity = passage.activity
    for end in passage.ends:
        wants = end.type == "System" and adapters.get(end.channel).wants(
            end.configuration, activity.type, activity.sender_type
        )
        if wants:
            passage.observers.append(end)
    if passage.observers:
        passage.note(f"{len(passage.observers)} webhook(s) observe this message.")
