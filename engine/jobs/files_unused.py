"""Job: files without a message."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from engine.files.actions import do_remove_unused

PURPOSE = _("Deletes files whose message was never sent, was deleted or no longer has content.")
EVERY = timedelta(hours=1)
run = do_remove_unused
