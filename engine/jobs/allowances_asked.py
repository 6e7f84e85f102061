"""Job: the monthly allowances of messages."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from engine.actions.allowances import do_ask_allowances

PURPOSE = _("Asks LINE how many of the month's messages are used, and warns when most are.")
EVERY = timedelta(minutes=10)
run = do_ask_allowances
