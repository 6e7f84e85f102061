"""Engine: what happens to a message."""

import pkgutil
from typing import Any

from celery.signals import worker_ready, worker_shutdown, worker_shutting_down
from django.apps import AppConfig
from django.conf import settings


class EngineConfig(AppConfig):
    """Registers the application and gives every Celery worker a sweeper and the loops of `engine.work`."""

    name = "engine"
    verbose_name = "Engine"

    def ready(self) -> None:
        """Register checks and kinds of work; connect sweeper and loops to the life of a worker."""
        import engine
        import engine.actions.relief  # listens to deliveries that fail
        from engine import checks
        from engine.work.kind import find_kinds

        checks.register_all()
        rooms = pkgutil.iter_modules(engine.__path__, "engine.")
        find_kinds(room.name for room in rooms if room.ispkg)
        worker_ready.connect(_start_sweeper, weak=False)
        worker_ready.connect(_start_loops, weak=False)
        worker_ready.connect(_show_metrics, weak=False)
        worker_shutting_down.connect(_begin_to_end, weak=False)
        worker_shutdown.connect(_end_loops, weak=False)
        worker_shutdown.connect(_exit_as_told, weak=False)


_sweepers: list[Any] = []
_listening: list[Any] = []
PATIENCE = 15.0  # seconds that calls under way are given when a worker ends


def _start_sweeper(**_: Any) -> None:
    from engine.work.watchdog import Watchdog
    from engine.workers import Sweeper

    sweeper = Sweeper(Watchdog())
    _sweepers.append(sweeper)
    sweeper.start()


def _start_loops(**_: Any) -> None:
    from engine.work import Loops, all_kinds, wake
    from hubster.lib.wakeups import Listener

    loops = Loops(list(all_kinds().values()))
    listener = Listener(loops.wake, loops.wake_all)
    listener.start()
    _listening.append((loops, listener))
    wake.use_own_hands(loops.take)


def _show_metrics(**_: Any) -> None:
    from hubster.lib import metrics

    metrics.serve_as_worker(settings.HUBSTER_METRICS_PORT)


def _begin_to_end(**_: Any) -> None:
    from engine.work import wake

    wake.shutting_down.set()
    wake.use_own_hands(None)
    for sweeper in _sweepers:
        sweeper.stopping.set()
    for loops, listener in _listening:
        listener.stopping.set()
        loops.stop()


def _end_loops(**_: Any) -> None:
    for loops, _listener in _listening:
        loops.stop().join(PATIENCE)


def _exit_as_told(**_: Any) -> None:
    from engine.work import watchdog

    watchdog.exit_if_ending()
