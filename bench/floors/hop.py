"""The worker of the floor's longest way: a Celery task that reads the row and publishes it for the sockets."""

import json
import os

from celery import Celery
from redis import Redis

from bench.floors import site  # sets Django up

CHANNEL = "floor"
app = Celery("floor", broker=os.environ["FLOOR_REDIS"], set_as_current=True)
app.conf.update(
    task_ignore_result=True, worker_prefetch_multiplier=4, task_default_queue="floor", db_reuse_max=1_000_000_000
)
_redis = Redis.from_url(os.environ["FLOOR_REDIS"])


@app.task
def announce(activity_id: str) -> None:
    """From the database to whoever listens."""
    row = site.Activity.objects.filter(pk=activity_id).values("conversation_id", "content").get()
    _redis.publish(CHANNEL, json.dumps({"conversation": str(row["conversation_id"]), "message": row["content"]}))
