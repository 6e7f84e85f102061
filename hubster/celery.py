"""The Celery application: its workers host the loops of `engine.work`, the truth is in the database."""

import os

from celery import Celery
from kombu.transport.redis import Channel

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubster.settings")

app = Celery("hubster")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()
app.autodiscover_tasks()
# Threads: the loops of a worker and its pool of database connections live in one process.
app.conf.worker_pool, app.conf.worker_concurrency = "threads", 16

# A worker that loses Redis would try to give its messages back, and write them to a file when it cannot. They are
# wake-ups: the sweeper finds what they were about.
Channel.do_restore = False
