"""The parts of the OpenAPI document beside the Engine's views: names of unions, the negotiation of SignalR."""

from typing import Any

from engine.api.shapes import UNIONS
from hubster.lib.openapi.refusals import refusal_ref
from hubster.lib.openapi.shapes import json_schema

_TEXT = """\
Every public SignalR client makes this call itself. Then it connects to `/engine-chat-hub?iId={integrationId}` with an
engine token or a token of the widget; a customer also gives `cId`, its conversation.
"""
_NEGOTIATION = {
    "type": "object",
    "description": "WebSockets are the only transport.",
    "properties": {
        "error": {"type": "string", "description": "Why there is no connection; then nothing else is there."},
        "connectionId": {"type": "string"},
        "connectionToken": {"type": "string"},
        "negotiateVersion": {"type": "integer"},
        "availableTransports": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["transport", "transferFormats"],
                "properties": {
                    "transport": {"type": "string"},
                    "transferFormats": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}


def add_engine(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A hook: unions get names, and the one HTTP call of Events is described."""
    schemas = result["components"]["schemas"]
    schemas["Negotiation"] = _NEGOTIATION
    for name, union in UNIONS.items():
        schemas[name], parts = json_schema(union)
        schemas.update(parts)
    schema = {"$ref": "#/components/schemas/Negotiation"}
    version = {"type": "string", "default": "0"}
    result["paths"]["/engine-chat-hub/negotiate"] = {
        "post": {
            "operationId": "negotiateEvents",
            "summary": "Negotiate a SignalR connection",
            "description": _TEXT,
            "tags": ["Events"],
            "security": [],
            "parameters": [
                {
                    "name": "negotiateVersion",
                    "in": "query",
                    "description": "Protocol version, 0 or 1. Other words are answered by 200 with an `error`.",
                    "schema": version,
                }
            ],
            "responses": {
                "200": {
                    "description": "How to connect.",
                    "content": {"application/json": {"schema": schema}},
                },
                "500": refusal_ref(500),
            },
        }
    }
    return result
