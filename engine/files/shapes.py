"""The OpenAPI shapes of uploads."""

from typing import Any

from engine.inbound.parse import MAX_EXTERNAL_ID
from hubster.lib.openapi.shapes import Made, register

_FILE = {"type": "string", "format": "binary", "description": "The file; its name is shown to the other side."}
_EXTERNAL = {"type": "string", "maxLength": MAX_EXTERNAL_ID, "description": "Your own id, passed through."}
_INTEGRATION = {
    "type": "string",
    "format": "uuid",
    "description": "The integration of the agent or bot.",
}


def _form(name: str, text: str, **more: Any) -> Made:
    schema = {
        "type": "object",
        "description": text,
        "required": ["file", *more],
        "properties": {"file": _FILE, **more, "externalId": _EXTERNAL},
    }
    return Made(lambda auto: register(auto.registry, name, schema))


UPLOAD = _form("SendFile", "A file of the conversation's customer.")
UPLOAD_AS_BUSINESS = _form("SendBusinessFile", "A file of an agent or a bot.", integrationId=_INTEGRATION)
