"""The Celery application: tasks are wake-ups, the truth is in the database."""

import os

from celery import Celery
from kombu.transport.redis import Channel

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubster.settings")

app = Celery("hubster")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()
app.autodiscover_tasks()

# A worker that loses Redis would try to give its messages back, and write them to a file when it cannot. They are
# hints: the sweeper finds what they were about.
Channel.do_restore = False
