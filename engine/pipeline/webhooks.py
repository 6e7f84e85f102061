"""Webhooks: System integrations receive a copy of the hub's messages."""

from django.utils.translation import ngettext

from engine import adapters
from engine.pipeline.passage import Passage


def step(passage: Passage) -> None:
    """Each System integration whose filter matches gets the message once."""
    activity = passage.activity
    for integration in passage.integrations:
        wants = integration.type == "System" and adapters.get(integration.channel).wants(
            integration.configuration, activity.type, activity.sender_type
        )
        if wants:
            passage.observers.append(integration)
    if passage.observers:
        count = len(passage.observers)
        text = ngettext(
            "%(count)d webhook receives a copy of this message.",
            "%(count)d webhooks receive a copy of this message.",
            count,
        )
        passage.note(text % {"count": count})
