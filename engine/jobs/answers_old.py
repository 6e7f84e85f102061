"""Job: expired idempotency records."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from portal.idempotency import do_delete_expired_records

PURPOSE = _("Deletes responses kept for repeated requests with an Idempotency-Key once they expire.")
EVERY = timedelta(minutes=10)


def run() -> Iterator[int]:
    yield do_delete_expired_records()
