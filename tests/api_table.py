"""Every API call in one table, read against the URL resolver: a new route or method without a row fails the suite."""

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from hubster.lib.middleware import api_prefix

HUB = "hub_id"
INTEGRATION = "integration_id"
Body = Callable[["Ids"], dict[str, Any]]


@dataclass
class Ids:
    """One party's ids, or random ones, to be put into paths and bodies."""

    hub_id: str
    integration_id: str  # Direct customer
    agent_id: str
    webchat_id: str
    conversation_id: str
    webchat_conversation_id: str
    client_id: str
    secret_id: str
    transfer_id: str
    response_id: str
    dynamic_id: str
    observer_id: str  # System, paused, with an address at which nobody listens
    delivery_id: str  # to it, failed
    contact_id: str
    other_contact_id: str  # of the same hub
    slack_id: str  # a workspace, paused


def command(kind: str, ids: "Ids | None" = None) -> dict[str, Any]:
    """A body for a command of a kind."""
    more: dict[str, dict[str, Any]] = {
        "transfers": {"url": "https://mysite.io", "linkDescription": "There", "mountDelay": 5},
        "responses": {
            "integrationTypeId": "customer", "type": "message", "category": "c",
            "responses": [{"type": "text", "text": "Hi"}],
        },
        "dynamics": {"url": "https://mysite.io/answers", "category": "c"},
    }  # fmt: skip
    return {"name": "Another", "description": "A command", **more[kind]}


def random_ids() -> Ids:
    """Ids that nobody has."""
    guids = [str(uuid.uuid4()) for _ in range(14)]
    return Ids(*guids[:6], f"hubster.engine.api.{uuid.uuid4().hex}", "987654321", *guids[6:])


def _text(ids: Ids) -> dict[str, Any]:
    return {"type": "message", "externalId": "e", "message": {"type": "text", "text": "Hello"}}


def _business(ids: Ids) -> dict[str, Any]:
    return {**_text(ids), "sender": {"integrationId": ids.agent_id}}


def _hub(ids: Ids) -> dict[str, Any]:
    return {"name": "Another", "description": "A hub", "closeDormantConversation": 3, "statusId": 2000}


def _disclosure(ids: Ids) -> dict[str, Any]:
    return {"enabled": True, "silenceHours": 12, "language": "de", "texts": {"de": "Hier antwortet ein Bot."}}


def _new_integration(ids: Ids) -> dict[str, Any]:
    configuration = {"integrationType": "Agent", "echo": True, "start": [{"type": "text", "text": "Hi"}]}
    return {"channelId": "Direct", "name": "Another", "statusId": 3000, "configuration": configuration}


def _changed_integration(ids: Ids) -> dict[str, Any]:
    return {"name": "Renamed", "statusId": 3000, "configuration": {"integrationType": "Customer", "echo": False}}


def _secret(ids: Ids) -> dict[str, Any]:
    return {"name": "third", "expiration": "2090-01-31T00:00:00"}


def _replay(ids: Ids) -> dict[str, Any]:
    return {"integrationId": ids.observer_id, "from": "2020-01-31T00:00:00Z", "to": "2090-01-31", "status": "failed"}


def _send_now(ids: Ids) -> dict[str, Any]:
    return {"integrationId": ids.observer_id}


def _in_order(ids: Ids) -> dict[str, Any]:
    return {"inOrder": False}


def _authorize(ids: Ids) -> dict[str, Any]:
    return {"hubId": ids.hub_id}


def _place(ids: Ids) -> dict[str, Any]:
    return {"channel": "support"}


def _establish(ids: Ids) -> dict[str, Any]:
    return {"integrationId": ids.integration_id, "binding": "b", "channelType": "Direct", "properties": {"profile": {}}}


def _properties(ids: Ids) -> dict[str, Any]:
    return {"profile": {"phone": "416-555-0001", "mood": None}, "orders": {"last": 5}}


def _contact(ids: Ids) -> dict[str, Any]:
    return {"name": "Ada Lovelace", "profile": {"phone": "416-555-0001", "mood": None}}


def _preview(ids: Ids) -> dict[str, Any]:
    return {"message": {"type": "text", "text": "Hello"}, "conversationId": ids.conversation_id}


def _merged(ids: Ids) -> dict[str, Any]:
    return {"contactId": ids.other_contact_id}


@dataclass(frozen=True)
class Call:
    """One method of one route. `api` is the token it takes; `body` makes a body that is accepted."""

    method: str
    route: str
    api: str
    path: str
    body: Body | None = None
    note: str = ""
    keyed: bool = True  # of a POST: whether it honours `Idempotency-Key`
    form: Body | None = None  # of an upload: the fields beside its file

    def url(self, ids: Ids) -> str:
        """The path with ids in it."""
        return "/" + self.path.format(**ids.__dict__)

    @property
    def prefix(self) -> str:
        """Which resource's error codes it answers with."""
        return str(api_prefix("/" + self.path))

    def __str__(self) -> str:
        return f"{self.method} /{self.path}{self.note}"


def _call(method: str, api: str, route: str, body: Body | None = None, note: str = "", **fill: str) -> Call:
    names = {"any_id": HUB, "channel": "", **fill}
    path = re.sub(r"<str:(\w+)>", lambda found: "{" + (names.get(found[1]) or found[1]) + "}", route)
    return Call(method, route, api, path.replace("{channel}", "Direct"), body, note)


def _upload(route: str, form: Body, **fill: str) -> Call:
    return replace(_call("POST", "engine", route, **fill), form=form)


def _commands(kind: str, own: str) -> list[Call]:
    """The five calls of a kind of command."""
    one, body = f"api/v1/commands/{kind}/<str:any_id>", partial(command, kind)
    return [
        _call("GET", "portal", f"api/v1/commands/{kind}/hub/<str:hub_id>"),
        _call("POST", "portal", one, body),
        _call("GET", "portal", one, any_id=own),
        _call("PUT", "portal", one, body, any_id=own),
        _call("DELETE", "portal", one, any_id=own),
    ]


_V1 = "api/v1"
_CLIENT = f"{_V1}/tenants/clients/<str:client_id>"
_EITHER = f"{_V1}/integrations/hubs/<str:any_id>"
_CONVERSATION = f"{_V1}/conversations/<str:conversation_id>"
_CONTACT = f"{_V1}/contacts/<str:contact_id>"
_DELIVERY = f"{_V1}/deliveries/<str:delivery_id>"
_ENDPOINT = f"{_V1}/integrations/<str:integration_id>/endpoint"
_IN = "inbound/customer/v1"
_BUSINESS = "inbound/business/v1/direct/activity"
CALLS = [
    _call("POST", "none", "connect/token"),
    _call("GET", "none", ".well-known/openid-configuration"),
    _call("GET", "none", ".well-known/jwks.json"),
    _call("POST", "none", "engine-chat-hub/negotiate"),
    _call("GET", "none", "api/openapi.json"),
    _call("GET", "none", f"{_V1}/integrations/web-chat/token/<str:integration_id>", integration_id="webchat_id"),
    _call("GET", "portal", _CLIENT),
    _call("POST", "portal", f"{_CLIENT}/tokens", _secret),
    _call("DELETE", "portal", f"{_CLIENT}/tokens/<str:secret_id>"),
    _call("GET", "portal", f"{_V1}/hubs"),
    _call("POST", "portal", f"{_V1}/hubs", _hub),
    _call("GET", "portal", f"{_V1}/hubs/<str:hub_id>"),
    _call("PUT", "portal", f"{_V1}/hubs/<str:hub_id>", _hub),
    _call("DELETE", "portal", f"{_V1}/hubs/<str:hub_id>"),
    _call("GET", "portal", f"{_V1}/hubs/<str:hub_id>/disclosure"),
    _call("PUT", "portal", f"{_V1}/hubs/<str:hub_id>/disclosure", _disclosure),
    _call("GET", "portal", f"{_V1}/integrations"),
    _call("POST", "portal", _EITHER, _new_integration, " (create)"),
    _call("POST", "portal", _EITHER, _changed_integration, " (update)", any_id=INTEGRATION),
    _call("GET", "portal", f"{_V1}/integrations/hubs/<str:hub_id>/<str:channel>"),
    _call("GET", "portal", f"{_V1}/integrations/<str:integration_id>"),
    _call("PUT", "portal", f"{_V1}/integrations/<str:integration_id>", _changed_integration),
    _call("DELETE", "portal", f"{_V1}/integrations/<str:integration_id>"),
    _call("POST", "portal", f"{_V1}/integrations/slack/authorize", _authorize),
    _call(
        "POST", "portal", f"{_V1}/integrations/slack/<str:integration_id>/channel", _place, integration_id="slack_id"
    ),
    _call("GET", "portal", _ENDPOINT, integration_id="observer_id"),
    _call("PUT", "portal", _ENDPOINT, _in_order, integration_id="observer_id"),
    _call("POST", "portal", f"{_ENDPOINT}/pause", integration_id="observer_id"),
    _call("POST", "portal", f"{_ENDPOINT}/resume", integration_id="observer_id"),
    replace(_call("POST", "portal", f"{_ENDPOINT}/test", integration_id="observer_id"), keyed=False),
    _call("GET", "portal", f"{_V1}/integrations/<str:integration_id>/costs"),
    _call("GET", "portal", f"{_V1}/deliveries"),
    _call("GET", "portal", _DELIVERY),
    _call("POST", "portal", f"{_DELIVERY}/replay"),
    _call("POST", "portal", f"{_V1}/deliveries/replay", _replay),
    _call("POST", "portal", f"{_DELIVERY}/send-now"),
    _call("POST", "portal", f"{_V1}/deliveries/send-now", _send_now),
    *_commands("transfers", "transfer_id"),
    *_commands("responses", "response_id"),
    *_commands("dynamics", "dynamic_id"),
    _call("POST", "engine", f"{_V1}/conversations/establish", _establish),
    _call("GET", "engine", f"{_V1}/conversations/hubs/<str:hub_id>/established"),
    _call("GET", "engine", _CONVERSATION),
    _call("GET", "engine", f"{_CONVERSATION}/established"),
    _call("GET", "engine", f"{_CONVERSATION}/disclosures"),
    _call("GET", "engine", f"{_CONVERSATION}/costs"),
    _call("PUT", "engine", f"{_CONVERSATION}/properties", _properties),
    _call("POST", "engine", f"{_CONVERSATION}/close"),
    replace(_call("POST", "engine", f"{_V1}/hubs/<str:hub_id>/preview", _preview), keyed=False),
    _call("GET", "engine", f"{_V1}/contacts"),
    _call("GET", "engine", _CONTACT),
    _call("PUT", "engine", _CONTACT, _contact),
    _call("POST", "engine", f"{_CONTACT}/merge", _merged),
    _call("POST", "engine", f"{_CONTACT}/unmerge"),
    _call("GET", "engine", f"{_V1}/interactions/activities/<str:conversation_id>"),
    _call("POST", "engine", f"{_IN}/direct/activity/<str:conversation_id>", _text),
    _call("POST", "engine", f"{_BUSINESS}/<str:conversation_id>", _business),
    _call("POST", "engine", f"{_IN}/web-chat/<str:conversation_id>", _text, conversation_id="webchat_conversation_id"),
    replace(
        _call(
            "POST", "engine", f"{_IN}/web-chat/<str:conversation_id>/files", conversation_id="webchat_conversation_id"
        ),
        form=lambda ids: {},
    ),
    replace(
        _call("POST", "engine", "inbound/business/v1/direct/activity/<str:conversation_id>/files"),
        form=lambda ids: {"integrationId": ids.agent_id},
    ),
]
WITH_BODY = [call for call in CALLS if call.body]
WITH_TOKEN = [call for call in CALLS if call.api != "none"]
ROUTES = sorted({call.route for call in CALLS})


def resolver_routes(patterns: Any = None, start: str = "") -> Iterator[tuple[str, Any]]:
    """(route, view) of every API path that the URL resolver knows."""
    for item in get_resolver().url_patterns if patterns is None else patterns:
        path = start + str(item.pattern)
        if "<slug:channel>" in path or path.startswith("bots/"):
            continue  # for providers and bots, who bring no token of ours; see tests/inbox and test_bot_connector.py
        if isinstance(item, URLResolver):
            yield from resolver_routes(item.url_patterns, path)
        elif isinstance(item, URLPattern) and api_prefix("/" + path):
            yield path, item.callback


def methods_of(view: Any) -> set[str]:
    """The methods that a view class answers; empty for a plain function, whose row must say."""
    made = getattr(view, "view_class", None) or getattr(view, "cls", None)
    return {name.upper() for name in ("get", "post", "put", "patch", "delete") if made and hasattr(made, name)}
