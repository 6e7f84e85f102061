"""Worker processes: each works off a lane by the product's own code and stands still in every call it makes.

They are threads that share the connection of the test, and only one ever runs: the test itself, or a worker while the
test waits for it. So the order of things is the rules' alone.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, connections

from hubster.lib import clock
from hubster.lib.http import Answer, Outgoing
from tests.background import do_deliver

CONTROL = ("SAVEPOINT", "RELEASE", "ROLLBACK")


class Death(BaseException):
    """The process ends here: no code of it runs any more."""


@dataclass(frozen=True)
class Call:
    """A request that reached a receiver."""

    at: datetime
    webhook_id: str
    destination: str
    conversation: str
    event_id: int
    echo: bool
    depth: int  # transactions that were open


def read(request: Outgoing) -> Call:
    """What the receiver reads."""
    body = json.loads(request.body)
    activity = body["activity"] if "activity" in body else body["activities"][0]
    return Call(
        clock.now(),
        request.headers["webhook-id"],
        body["integrationId"],
        body["conversationId"],
        activity["eventId"],
        activity["isEcho"],
        len(connection.savepoint_ids),
    )


class Worker(threading.Thread):
    """A process at work on one lane. `call` is the one it stands in; None: it has ended."""

    def __init__(self, lane_id: int) -> None:
        super().__init__(daemon=True)
        self.lane_id = lane_id
        self.call: Call | None = None
        self.calls = 0
        self.taken = False  # the present call, by the receiver
        self.fault: BaseException | None = None
        self.dead = False
        self._shared = connections["default"]
        self._result: Callable[[], Answer] = dying
        self._mine, self._theirs = threading.Semaphore(0), threading.Semaphore(0)

    def begin(self) -> None:
        """Run to the first call, or to the end when there is nothing to do."""
        self.start()
        self._wait()

    def go_on(self, result: Callable[[], Answer]) -> None:
        """The present call ends with a result; run to the next call or to the end."""
        self._result = result
        self._mine.release()
        self._wait()

    def end(self) -> None:
        """Whatever it does: the example is over."""
        if self.is_alive():
            self._result = dying
            self._mine.release()
            self.join()

    def _wait(self) -> None:
        self._theirs.acquire()
        if self.fault:
            raise self.fault

    def run(self) -> None:
        """The thread's own."""
        connections["default"] = self._shared
        try:
            do_deliver(self.lane_id)
        except Death:
            self.dead = True
        except BaseException as fault:
            self.fault = fault
        self.call = None
        self._theirs.release()

    def stand(self, request: Outgoing) -> Answer:
        """In a call, until the test says how it ends."""
        self.call = read(request)
        self.calls += 1
        self._theirs.release()
        self._mine.acquire()
        return self._result()


def fake_http(request: Outgoing, _: Any) -> Answer:
    """In place of the door to the network."""
    worker = threading.current_thread()
    assert isinstance(worker, Worker), "nobody but a worker calls"
    return worker.stand(request)


def dying() -> Answer:
    """The process dies in the call."""
    raise Death


@contextmanager
def dying_at(statement: int) -> Iterator[None]:
    """The process dies before it begins its n-th statement; it survives when there are fewer."""
    left = [statement]

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(CONTROL):
            left[0] -= 1
            if left[0] == 0:
                raise Death
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield
