"""What owners are told about, and when."""

from datetime import timedelta

import time_machine
from django.core import mail

from engine.actions.notices import do_notify
from engine.models import Notice
from hubster.lib import clock

K = Notice.Kind


def failed(party, end=None, kind=K.DELIVERY_FAILED, text="It did not take a message.") -> Notice:
    return do_notify(party.tenant.id, (end or party.agent).id, kind, text)


def later(**span):
    return time_machine.travel(clock.now() + timedelta(**span), tick=False)


def bodies() -> str:
    """Every part of every mail."""
    return "\n".join(message.message().as_string() for message in mail.outbox)
