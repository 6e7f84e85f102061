"""Logs as one JSON object per line; messages of people and secrets are never passed to it."""

import json
import logging
import re
from typing import Any

from hubster.lib import clock

_TOKEN = re.compile(r"(access_token=)[^&\s'\">]*", re.I)  # sockets of older clients carry it in the address
_OWN = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}


class JsonFormatter(logging.Formatter):
    """A record and its `extra` fields as one line; line breaks in values cannot forge a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON text."""
        line = {"time": clock.iso(clock.now()), "level": record.levelname, "logger": record.name}
        line["message"] = _redacted(record.getMessage())
        line.update({key: _redacted(str(value)) for key, value in record.__dict__.items() if key not in _OWN})
        if record.exc_info:
            line["trace"] = _redacted(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=True)


def _redacted(text: str) -> str:
    return _TOKEN.sub(r"\1***", text)


CONFIGURATION: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "hubster.lib.log.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "hubster": {"level": "INFO"},
        "engine": {"level": "INFO"},
        "portal": {"level": "INFO"},
        "oauthlib": {"level": "WARNING"},
        "oauth2_provider": {"level": "WARNING"},
    },
}
