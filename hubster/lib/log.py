"""Logs as one JSON object per line; messages of people and secrets are never passed to it."""

import json
import logging

from hubster.lib import clock

_OWN = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}


class JsonFormatter(logging.Formatter):
    """A record and its `extra` fields as one line; line breaks in values cannot forge a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON text."""
        line = {"time": clock.iso(clock.now()), "level": record.levelname, "logger": record.name}
        line["message"] = record.getMessage()
        line.update({key: str(value) for key, value in record.__dict__.items() if key not in _OWN})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True)
