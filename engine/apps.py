"""Engine: what happens to a message."""

from typing import Any

from celery.signals import worker_ready, worker_shutting_down
from django.apps import AppConfig


class EngineConfig(AppConfig):
    """Registers the application and gives every Celery worker a sweeper."""

    name = "engine"
    verbose_name = "Engine"

    def ready(self) -> None:
        """Register the check; connect the sweeper to the life of a worker."""
        from engine import checks

        checks.register_all()
        worker_ready.connect(_start_sweeper, weak=False)
        worker_shutting_down.connect(_stop_sweeper, weak=False)


_sweepers: list[Any] = []


def _start_sweeper(**_: Any) -> None:
    from engine.delivery.workers import Sweeper

    sweeper = Sweeper()
    _sweepers.append(sweeper)
    sweeper.start()


def _stop_sweeper(**_: Any) -> None:
    from engine import wake

    wake.ending.set()
    for sweeper in _sweepers:
        sweeper.stopping.set()
