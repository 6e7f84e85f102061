"""Logs as one JSON object per line; messages of people and secrets are never passed to it.

Lines name what they are about by ids: the request, the conversation, the activity, the delivery.
"""

import json
import logging
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from hubster.lib import clock

# What must not stand in a line even where somebody else's text brings it along: tokens and secrets in addresses
# and headers, e-mail addresses, the row that PostgreSQL quotes in an error.
_HIDDEN = re.compile(
    r"(?P<kept>(?:access_token|refresh_token|client_secret|password|secret|key)=|\b(?:Bearer|Basic)\s+)[^&\s'\">]+"
    r"|(?<=://)[^\s/@]{1,200}(?=@)"
    r"|\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"
    r"|\b[\w.+-]{1,64}@[\w-]+\.[\w.-]+"
    r"|(?<=DETAIL:)[^\n]+",
    re.I,
)
# Without one of these nothing is hidden; most values are ids and names, and this is found out much faster.
_SUSPECT = re.compile(r"[=@\s]|eyj|://|detail:", re.I)
_OWN = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "status_code"}
_about: ContextVar[dict[str, str]] = ContextVar("about", default={})  # noqa: B039, never changed, only replaced


@contextmanager
def about(**ids: Any) -> Iterator[None]:
    """Every line that is logged within says what it is about."""
    token = _about.set({**_about.get(), **{name: str(value) for name, value in ids.items()}})
    try:
        yield
    finally:
        _about.reset(token)


def note(**ids: Any) -> None:
    """From here to the end of what `about` began, lines are about this too."""
    _about.set({**_about.get(), **{name: str(value) for name, value in ids.items()}})


def tracking_id() -> str:
    """The id of the request that is being answered; a new one where there is none."""
    return _about.get().get("request") or uuid.uuid4().hex


class JsonFormatter(logging.Formatter):
    """A record and its `extra` fields as one line; line breaks in values cannot forge a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON text."""
        line: dict[str, Any] = {"time": clock.iso(clock.now()), "level": record.levelname, "logger": record.name}
        line["message"] = redacted(record.getMessage())
        line.update(_about.get())
        line.update({key: _shown(value) for key, value in record.__dict__.items() if key not in _OWN and _plain(value)})
        if record.exc_info:
            line["trace"] = redacted(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=True)


def _plain(value: Any) -> bool:
    """Not Django's request, whose text is its address with the query."""
    return not hasattr(value, "META")


def _shown(value: Any) -> Any:
    return value if isinstance(value, int | float) else redacted(str(value))


def redacted(text: str) -> str:
    """The text without what must not stand in a log."""
    if not _SUSPECT.search(text):
        return text
    return _HIDDEN.sub(lambda found: f"{found['kept'] or ''}***", text)


class WithoutTrace(logging.Filter):
    """Takes the trace off what any stranger can cause; the message says it all."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record passes."""
        record.exc_info = None
        return True


def configuration(*ours: str) -> dict[str, Any]:
    """For `LOGGING`; `ours` are the loggers that tell what happens, not only what goes wrong."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "hubster.lib.log.JsonFormatter"}},
        "filters": {"without_trace": {"()": "hubster.lib.log.WithoutTrace"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            **{name: {"level": "INFO"} for name in ours},
            "oauthlib": {"level": "WARNING"},
            "oauth2_provider": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},  # refused requests have a line of their own: `hubster.request`
            "django.security": {"level": "ERROR"},
            "django.security.DisallowedHost": {"filters": ["without_trace"]},
        },
    }
