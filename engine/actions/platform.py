"""Says something to a customer in nobody's name: the platform does, at the wish of whoever sets a channel up."""

import uuid

from django.db import transaction

from engine import access
from engine.actions.append import PLATFORM, NewActivity, do_append_activity
from engine.activity import parse_message
from engine.models import Activity
from hubster.lib.errors import fail


def do_tell_customer(conversation_id: uuid.UUID, text: str) -> Activity:
    """Send a text to the customer; nobody takes the conversation over by it.

    Raises the faults of the text, ENG002001/2002 for the tenant, ENG006501 where the conversation is closed, and
    ENG006502/6503 where integration or hub are not active.
    """
    new = NewActivity("message", parse_message({"type": "text", "text": text}))
    with transaction.atomic():
        conversation = access.locked_conversation(None, conversation_id)
        access.check_tenant(conversation.hub)
        access.check_active(conversation.integration)
        if conversation.closed:
            raise fail("ENG006501")
        return do_append_activity(conversation, new, PLATFORM, None, conversation.integration)
