"""Job: closing of dormant conversations."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from engine.actions.dormant import do_close_dormant

PURPOSE = _("Closes conversations that have been idle for as long as their hub allows.")
EVERY = timedelta(hours=1)
run = do_close_dormant
