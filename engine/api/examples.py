"""Requests that work on the demo: the reference fills them in, so that a call can be tried without reading first."""

from typing import Any

_BOT_HUB, _CUSTOMER, _AGENT, _BOT, _WEBCHAT = (f"00000000-0000-0000-0000-0000000000{tail}" for tail in
                                               ("a1", "20", "21", "22", "23"))  # fmt: skip
_TENANT = "1".rjust(32, "0")
_NOBODY = "00000000-0000-0000-0000-0000000000ff"  # contacts of the demo come and go
_TEXT = {"type": "text", "text": "Which tea do you suggest for the morning?"}
_COMMAND = {"category": "contacts", "description": "How to reach us"}

# By operation: the body.
BODIES: dict[str, dict[str, Any]] = {
    "createToken": {
        "grant_type": "client_credentials",
        "client_id": f"hubster.portal.api.{_TENANT}",
        "client_secret": "demo-portal-secret",
    },
    "createClientSecret": {"name": "my secret", "expiration": "2090-01-31T00:00:00Z"},
    "createHub": {"name": "Tea shop", "description": "Sales and support", "statusId": 2000},
    "updateHub": {"description": "Sales and support; the bot answers first."},
    "updateDisclosure": {"silenceHours": 24, "texts": {"de": "Hier antwortet ein Bot, kein Mensch."}},
    "createIntegration": {
        "channelId": "Direct",
        "name": "My app",
        "statusId": 3000,
        "configuration": {"integrationType": "Customer"},
    },
    "updateIntegration": {"name": "Direct customer", "statusId": 3000},
    "authorizeSlack": {"hubId": _BOT_HUB},
    "chooseSlackChannel": {"channel": "support"},
    "updateEndpoint": {"inOrder": True},
    "replayDeliveries": {"integrationId": _BOT, "status": "failed"},
    "sendWaitingDeliveries": {"integrationId": _BOT},
    "createTransferCommand": {
        "name": "catalogue",
        "description": "Opens the catalogue",
        "url": "https://shop.example.com/teas",
        "linkDescription": "Have a look at our teas",
        "mountDelay": 1000,
    },
    "updateTransferCommand": {"linkDescription": "All our teas", "mountDelay": 0},
    "createResponseCommand": {
        "name": "opening-hours",
        **_COMMAND,
        "integrationTypeId": "customer",
        "type": "message",
        "responses": [{"type": "text", "text": "We are here from nine to five."}],
    },
    "updateResponseCommand": {"responses": [{"type": "text", "text": "We are here from eight to six."}]},
    "createDynamicCommand": {"name": "stock", **_COMMAND, "url": "https://shop.example.com/stock"},
    "updateDynamicCommand": {"description": "What is in stock"},
    "establishConversation": {
        "integrationId": _CUSTOMER,
        "channelType": "Direct",
        "binding": "customer-4711",
        "properties": {"profile": {"full name": "Ada Lovelace"}},
    },
    "updateProperties": {"profile": {"phone": "416-555-0001"}},
    "updateContact": {"name": "Ada Lovelace", "profile": {"phone": "416-555-0001"}},
    "mergeContact": {"contactId": _NOBODY},
    "unmergeContact": {},
    "previewMessage": {"message": _TEXT},
    "sendActivity": {"externalId": "my-1", "message": _TEXT},
    "sendBusinessActivity": {
        "sender": {"integrationId": _AGENT},
        "message": {"type": "text", "text": "Breakfast leaf."},
    },
    "sendWebChatActivity": {"message": _TEXT},
}

# By name: a parameter of the path; then by operation where it is another one.
_PARAMETERS = {
    "hubId": _BOT_HUB,
    "integrationId": _CUSTOMER,
    "clientId": f"hubster.engine.api.{_TENANT}",
    "channelType": "Direct",
}
_OWN_PARAMETERS: dict[str, dict[str, str]] = {
    **{f"create{noun}": {"id": _BOT_HUB} for noun in
       ("Integration", "TransferCommand", "ResponseCommand", "DynamicCommand")},
    **{f"{verb}Endpoint": {"integrationId": _BOT} for verb in ("get", "update", "pause", "resume", "test")},
    "createWebChatToken": {"integrationId": _WEBCHAT},
}  # fmt: skip


def parameters_of(name: str) -> dict[str, str]:
    """The parameters of an operation's path, as far as the demo has fixed ids for them."""
    return {**_PARAMETERS, **_OWN_PARAMETERS.get(name, {})}


def add_examples(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A hook: bodies and parameters of the path get their examples."""
    for operations in result["paths"].values():
        for operation in operations.values():
            _illustrate(operation)
    return result


def _illustrate(operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    if name in BODIES:
        for media in operation["requestBody"]["content"].values():
            media["example"] = BODIES[name]
    known = parameters_of(name)
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path" and parameter["name"] in known:
            parameter["example"] = known[parameter["name"]]
