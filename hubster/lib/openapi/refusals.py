"""The parts of the document that every operation shares: errors by status, and headers."""

from typing import Any

ERROR = "Error"
_REF = "#/components"


def _integer(text: str) -> dict[str, Any]:
    return {"description": text, "schema": {"type": "integer", "minimum": 0}}


HEADERS: dict[str, dict[str, Any]] = {
    "Retry-After": _integer("Seconds to wait before the next request."),
    "RateLimit-Limit": _integer("Allowed requests per minute."),
    "RateLimit-Remaining": _integer("Requests left in the current minute."),
    "RateLimit-Reset": _integer("Seconds until the next minute begins."),
    "Idempotent-Replayed": {
        "description": "`true`: the stored answer to the first request with the same `Idempotency-Key`.",
        "schema": {"type": "string", "const": "true"},
    },
    "WWW-Authenticate": {"description": "The scheme to authenticate with.", "schema": {"type": "string"}},
}
RATE = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")

# By status: (name of the component, meaning, headers).
REFUSALS: dict[int, tuple[str, str, tuple[str, ...]]] = {
    400: ("BadRequest", "The request is invalid; all errors are listed.", RATE),
    401: ("Unauthorized", "The token is missing, malformed, expired or revoked.", ("WWW-Authenticate",)),
    403: ("Forbidden", "The token is valid, but not for this call.", ()),
    404: ("NotFound", "It does not exist or belongs to another tenant.", RATE),
    409: ("Conflict", "The `Idempotency-Key` was sent before with another path or body.", RATE),
    413: ("BodyTooLarge", "The body is larger than the limit, 1 MiB of JSON.", RATE),
    417: ("Aborted", "Something was written to it again and again meanwhile; nothing was changed, try again.", RATE),
    429: ("TooManyRequests", "Too many requests; wait.", ("Retry-After", *RATE)),
    500: ("SystemError", "A server error. The text contains a tracking id.", ()),
    501: ("NotImplemented", "The channel cannot be connected yet.", RATE),
    503: ("Unavailable", "The database does not answer. Nothing was stored; try again.", ("Retry-After",)),
    507: ("NoRoom", "The visitor's, hub's or tenant's files take all the room they may; nothing was stored.", RATE),
}


def header_refs(*names: str) -> dict[str, Any]:
    """References to headers."""
    return {name: {"$ref": f"{_REF}/headers/{name}"} for name in names}


def refusal_ref(status: int) -> dict[str, Any]:
    """A reference to the answer of an error status."""
    return {"$ref": f"{_REF}/responses/{REFUSALS[status][0]}"}


def responses() -> dict[str, Any]:
    """The components of all error answers."""
    found = {}
    for name, text, headers in REFUSALS.values():
        schema = {"$ref": f"{_REF}/schemas/{ERROR}"}
        found[name] = {"description": text, "content": {"application/json": {"schema": schema}}}
        if headers:
            found[name]["headers"] = header_refs(*headers)
    return found


ERROR_SCHEMAS: dict[str, Any] = {
    ERROR: {
        "type": "object",
        "description": "All errors of a request. Nothing was changed.",
        "required": ["status", "errors"],
        "additionalProperties": False,
        "properties": {
            "status": {"type": "integer", "description": "The HTTP status again."},
            "errors": {"type": "array", "minItems": 1, "items": {"$ref": f"{_REF}/schemas/Fault"}},
        },
    },
    "Fault": {
        "type": "object",
        "description": "One error.",
        "required": ["code", "description"],
        "additionalProperties": False,
        "properties": {
            "code": {
                "type": "integer",
                "description": "The code's number, without its prefix.",
                "examples": [301],
            },
            "description": {
                "type": "string",
                "description": "The cause, followed by the full code.",
                "examples": ["Property 'name' is required. (code: PRT000301)"],
            },
        },
    },
}
