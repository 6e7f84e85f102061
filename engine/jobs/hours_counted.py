"""Job: the numbers of the front page's chart."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from engine.actions.hours import do_count_hours

PURPOSE = _("Counts the messages of each hour for the overview.")
EVERY = timedelta(hours=1)
run = do_count_hours
