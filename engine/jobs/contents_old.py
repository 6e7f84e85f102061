"""Job: retention of messages."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from engine.actions.retention import do_purge_contents

PURPOSE = _("Removes the content of messages that are older than their tenant keeps them.")
EVERY = timedelta(hours=6)
run = do_purge_contents
