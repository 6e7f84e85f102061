"""Job: retention of requests and responses."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from engine.actions.retention import do_empty_attempts

PURPOSE = _("Removes requests and responses from old delivery attempts; their results stay.")
EVERY = timedelta(hours=6)
run = do_empty_attempts
