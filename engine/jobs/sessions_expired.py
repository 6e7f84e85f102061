"""Job: expired login sessions."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from engine.actions.retention import do_delete_expired_sessions

PURPOSE = _("Deletes login sessions that have expired.")
EVERY = timedelta(hours=1)
run = do_delete_expired_sessions
