"""Engine: what happens to a message."""

from typing import Any

from celery.signals import worker_process_shutdown, worker_ready, worker_shutdown, worker_shutting_down
from django.apps import AppConfig


class EngineConfig(AppConfig):
    """Registers the application and gives every Celery worker a sweeper and senders."""

    name = "engine"
    verbose_name = "Engine"

    def ready(self) -> None:
        """Register the check; connect sweeper and senders to the life of a worker."""
        from engine import checks

        checks.register_all()
        worker_ready.connect(_start_sweeper, weak=False)
        worker_shutting_down.connect(_begin_to_end, weak=False)
        worker_shutdown.connect(_end_senders, weak=False)
        worker_process_shutdown.connect(_end_senders, weak=False)


_sweepers: list[Any] = []
PATIENCE = 15.0  # seconds that calls under way are given when a worker ends


def _start_sweeper(**_: Any) -> None:
    from engine.delivery.workers import Sweeper

    sweeper = Sweeper()
    _sweepers.append(sweeper)
    sweeper.start()


def _begin_to_end(**_: Any) -> None:
    from engine import wake

    wake.ending.set()
    for sweeper in _sweepers:
        sweeper.stopping.set()


def _end_senders(**_: Any) -> None:
    from engine.delivery.workers import end_senders

    end_senders(PATIENCE)
