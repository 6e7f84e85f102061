"""What drf-spectacular is told; the settings module takes it as it is."""

from typing import Any

DESCRIPTION = """\
One service, four resources: *Identity* gives tokens, the *Portal* configures hubs, integrations and commands, the
*Engine* converses, *Events* delivers over sockets.

* Property names are matched without regard to case, enumerations are taken by name in any case or by their documented
  number, ids with or without dashes. Answers are always camelCase, by name and with dashes, and leave out what is null.
* Every error is `{"status", "errors": [{"code", "description"}]}`, lists all that is wrong, and means that nothing was
  changed. `/connect/token` alone answers with the errors of OAuth 2.
* Each POST that takes the header `Idempotency-Key` may be repeated with the same key: it then changes nothing more.
* Answers carry `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset`; a 429 says in `Retry-After` how many
  seconds to wait.
"""

# In the order of the page. A tag is a resource.
TAGS = {
    "Authentication": "Access tokens, and the keys that verify them.",
    "Clients": "API clients of the tenant and their secrets.",
    "Hubs": "The centre of a line of business.",
    "Integrations": "The ends of a hub: channels of customers, agents, bots and systems.",
    "Endpoints": "How the addresses behind integrations are doing; pausing, resuming and trying them.",
    "Deliveries": "What went to whom, every attempt, and sending it again.",
    "Transfer commands": "Send a visitor of the widget to another page.",
    "Response commands": "Say prepared messages, or send prepared events.",
    "Dynamic commands": "Ask the business's own service what to answer.",
    "Conversations": "Opened by *establish*, found again by its binding, closed at the end.",
    "Interactions": "What was said.",
    "Activities": "Say something, as a customer, an agent or a bot.",
    "Web chat": "Tokens of the widget.",
    "Events": "The sockets; the negotiation of SignalR is their only HTTP call.",
}


VERSION = "1.0.0"  # of the API: the first number changes when existing clients would break


def configuration(public_url: str) -> dict[str, Any]:
    """The settings of drf-spectacular for a server at this address."""
    here = "hubster.lib.openapi"
    return {
        "TITLE": "Hubster API",
        "DESCRIPTION": DESCRIPTION,
        "VERSION": VERSION,
        "OAS_VERSION": "3.1.0",
        "SERVERS": [{"url": public_url}],
        "TAGS": [{"name": name, "description": text} for name, text in TAGS.items()],
        "PREPROCESSING_HOOKS": [f"{here}.document.name_path_parameters"],
        "POSTPROCESSING_HOOKS": [
            "portal.api.identity.add_identity",
            "engine.api.document.add_engine",
            f"{here}.document.complete",
        ],
        "ENFORCE_NON_BLANK_FIELDS": True,
        "SORT_OPERATION_PARAMETERS": False,
        "ENABLE_DJANGO_DEPLOY_CHECK": False,
    }
