"""Webhooks: System integrations receive a copy of the hub's messages."""

from django.utils.translation import ngettext

from engine import adapters
from engine.pipeline.passage import Passage


def step(passage: Passage) -> None:
    """Each System integration whose filter matches gets the message once."""
    activity = passage.activity
    systems = [integration for integration in passage.integrations if integration.type == "System"]
    wanting = [
        integration
        for integration in systems
        if adapters.get(integration.channel).wants(integration.configuration, activity.type, activity.sender_type)
    ]
    if wanting:
        passage.copy_to(wanting)
        count = len(wanting)
        text = ngettext(
            "%(count)d webhook receives a copy of this message.",
            "%(count)d webhooks receive a copy of this message.",
            count,
        )
        passage.note(text % {"count": count})
