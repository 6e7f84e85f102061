"""Job: expired signing keys."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from engine.actions.retention import do_delete_expired_keys

PURPOSE = _("Deletes signing keys that have expired.")
EVERY = timedelta(hours=1)
run = do_delete_expired_keys
