"""The settings of drf-spectacular: what the OpenAPI document says of the product, and who completes it."""

from typing import Any

DESCRIPTION = """\
One service, four resources: *Identity* gives tokens, the *Portal* configures hubs, integrations and commands, the
*Engine* converses, *Events* delivers over sockets.

* Property names are matched without regard to case, enumerations are taken by name in any case or by their documented
  number, ids with or without dashes. Answers are always camelCase, by name and with dashes, and leave out what is null.
* Every error is `{"status", "errors": [{"code", "description"}]}`, lists all that is wrong, and means that nothing was
  changed. `/connect/token` alone answers with the errors of OAuth 2.
* A POST with the header `Idempotency-Key` may be repeated with the same key and body: it takes effect once.
* Answers carry `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset`; a 429 says in `Retry-After` how many
  seconds to wait.
"""

# In the order of the page. A tag is a resource.
TAGS = {
    "Authentication": "Access tokens and the keys that verify them.",
    "Clients": "API clients of the tenant and their secrets.",
    "Hubs": "A hub connects the channels of a business with its agents and bots.",
    "Bot disclosure": "Bots of a hub say that they are bots: when, and in which words.",
    "Integrations": "The channels of a hub: customers, agents, bots and systems.",
    "Endpoints": "Health of the webhooks of integrations: pause, resume and test them.",
    "Deliveries": "Deliveries with all their attempts; resend them.",
    "Transfer commands": "Page links: send a visitor of the web chat to another page.",
    "Response commands": "Saved replies: send prepared messages or events.",
    "Dynamic commands": "Call your own service for an answer.",
    "Conversations": "Establish, read and close conversations.",
    "Previews": "One message as every channel of a hub will show it, before it is sent.",
    "Contacts": "People across channels; merge two contacts that are one person, and undo it.",
    "Interactions": "Read the activities of a conversation.",
    "Activities": "Send activities and files as a customer, an agent or a bot.",
    "Web chat": "Tokens of the web chat.",
    "Events": "The negotiation of SignalR, the only HTTP call of the event sockets.",
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
            "engine.api.examples.add_examples",
            f"{here}.document.complete",
        ],
        "ENFORCE_NON_BLANK_FIELDS": True,
        "SORT_OPERATION_PARAMETERS": False,
        "ENABLE_DJANGO_DEPLOY_CHECK": False,
    }
