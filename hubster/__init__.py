"""The project: wiring (settings, urls, asgi, celery) and the library below all applications."""

from hubster.celery import app as celery_app

__all__ = ["celery_app"]
