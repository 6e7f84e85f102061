"""Job: webhooks of providers that were set aside."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from engine.actions.retention import do_delete_parked

PURPOSE = _("Deletes incoming webhooks that were set aside and not processed again in time.")
EVERY = timedelta(hours=1)
run = do_delete_parked
