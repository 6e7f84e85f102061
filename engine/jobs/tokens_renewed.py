"""Job: tokens of workspaces that are about to end."""

import logging
from collections.abc import Iterator
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engine.actions.endpoints import do_give_up
from engine.adapters._connecting import Refused
from hubster.lib import clock
from hubster.lib.http import NetworkError
from portal.actions.workspaces import do_renew
from portal.models import Integration

log = logging.getLogger("engine.jobs")
PURPOSE = gettext_lazy("Renews the tokens of Slack workspaces before they end.")
EVERY = timedelta(minutes=1)
AGAIN = timedelta(minutes=5)  # after the provider could not be reached
MOST = 100  # of a run


def run() -> Iterator[int]:
    """One after the other. Slack forgets a token when it is renewed, so only who holds the job may do it."""
    due = Integration.objects.filter(renew_at__lte=clock.now()).select_related("hub").order_by("renew_at")[:MOST]
    for row in list(due):
        try:
            do_renew(row)
        except NetworkError as fault:
            log.warning("tokens are not renewed", extra={"integration": str(row.pk), "fault": fault.text})
            Integration.objects.filter(pk=row.pk, renew_at=row.renew_at).update(renew_at=clock.now() + AGAIN)
        except Refused as fault:
            if Integration.objects.filter(pk=row.pk, renew_at=row.renew_at).update(renew_at=None):
                do_give_up(row, _("The access to the workspace could not be renewed: it %(reason)s Open the "
                                  "integration, and choose “Reconnect”.") % {"reason": fault.text})  # fmt: skip
        yield 1
