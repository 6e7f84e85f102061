"""Requests made from the document, good ones and bad ones: the API must answer each as the document says.

`python -m tests.fuzz` runs this for longer, with other requests each time.
"""

import os
import re
from typing import Any
from unittest.mock import patch

import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi import checks as judged

from engine.adapters.bot import DIALECTS
from hubster.lib import rate
from portal.actions import integrations
from tests.api_table import CALLS, Call
from tests.cast import ORIGIN
from tests.openapi.contract import judge
from tests.openapi.test_document import blank
from tests.two_tenants import TwoTenants

EXAMPLES = int(os.environ.get("HUBSTER_FUZZ_EXAMPLES", "0"))  # of one operation; 0: the short run, always the same
# Thousands of requests come of going through every rule of every message; the short run is content with samples.
LONG = "send.*(Activity|File)|(create|update)(Integration|ResponseCommand)"
ALL_RULES = {"include-operation-id-regex": LONG, "phases": {"coverage": {"enabled": bool(EXAMPLES)}}}
CONFIG = schemathesis.Config.from_dict(
    {
        "generation": {"allow-x00": False, "with-security-parameters": False, "deterministic": not EXAMPLES},
        "operations": [ALL_RULES],
    }
)
SCHEMA = schemathesis.openapi.from_wsgi("/api/openapi.json", WSGIHandler(), config=CONFIG)
CHECKS = [
    not_a_server_error,
    judged.status_code_conformance,
    judged.content_type_conformance,
    judged.response_headers_conformance,
    judged.response_schema_conformance,
    judged.unsupported_method,
    judged.negative_data_rejection,
    judged.positive_data_acceptance,
    judged.ignored_auth,
]
HOW = settings(
    max_examples=EXAMPLES or 8,
    deadline=None,
    database=None,
    derandomize=not EXAMPLES,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


# Rules about messages and about the rest of a request that a schema cannot say.
BEYOND_SCHEMA = {
    "ENG000206", "ENG000207", "ENG005001", "ENG005002", "ENG005023", "ENG005024", "ENG008501",
    "PRT000202", "PRT000206", "PRT000207", "PRT000301", "PRT000307", "PRT000308",
}  # fmt: skip
WORDS = {"type": "text", "text": "Hi"}
SIGNAL = {"type": "seen"}


@SCHEMA.parametrize()
@HOW
def test_every_answer_is_as_documented(case, pair):
    call = call_of(case)
    fit(case, call, pair)
    rate.forget()
    with transaction.atomic(), patch.object(integrations, "connect", lambda _adapter, _row, values: values):
        sent = {"headers": headers_of(call, pair)}
        response = case.call(**sent)
        checks = [check for check in CHECKS if applies(check, case, response)]
        case.validate_response(response, checks=checks, transport_kwargs=sent, **sent)
        transaction.set_rollback(True)


def call_of(case: Any) -> Call:
    """The row of the API table that the request is made for."""
    wanted = (case.operation.method.upper(), blank(case.operation.path))
    return next(call for call in CALLS if (call.method, blank(call.route)) == wanted)


def headers_of(call: Call, pair: TwoTenants) -> dict[str, str]:
    """What somebody sends who may call."""
    if call.api == "none":
        return {"Origin": ORIGIN}
    return {"Authorization": pair.clients[call.api]._credentials["HTTP_AUTHORIZATION"]}


def spoiled(case: Any, where: ParameterLocation) -> bool:
    """Whether a part of the request is bad on purpose."""
    info = case.meta.components.get(where)
    return info is not None and info.mode.is_negative


def fit(case: Any, call: Call, pair: TwoTenants) -> None:
    """Puts into what is good, but made up, what fits the cast: ids that exist, a moment that lies ahead."""
    if not spoiled(case, ParameterLocation.PATH):
        documented, ours = (re.findall(r"\{(\w+)\}", path) for path in (case.operation.path, call.path))
        own = {name: getattr(pair.own, field) for name, field in zip(documented, ours, strict=False)}
        case.path_parameters = {**case.path_parameters, **own}
    if spoiled(case, ParameterLocation.BODY) or not isinstance(case.body, dict):
        return
    case.body = {**case.body, **replacements(case.body, call, pair)}
    if call.path.startswith("api/v1/integrations/") and not creates(case):
        if call.method == "POST":
            case.path_parameters["id"] = pair.own.integration_id
        for name in ("channelId", "integrationTypeId", "configuration"):  # fixed for life, or must fit what is
            case.body.pop(name, None)


def creates(case: Any) -> bool:
    """Whether a body is one of a new integration, rather than of a change."""
    schema = {"$ref": "#/components/schemas/IntegrationCreate"}
    return case.operation.method.upper() == "POST" and not judge().faults(case.body, schema)


def replacements(body: dict[str, Any], call: Call, pair: TwoTenants) -> dict[str, Any]:
    """What takes the place of made-up values."""
    found = {
        "expiration": "2090-01-31T00:00:00Z",
        "url": "https://mysite.io/there",
        "integrationId": pair.own.integration_id,
        "contactId": pair.own.other_contact_id,
        "channelType": "Direct",
        "sender": {"integrationId": pair.own.agent_id},
        "configuration": configuration(body.get("configuration")),
    }
    fitting = {name: value for name, value in found.items() if body.get(name) is not None}
    if call.path.startswith("api/v1/commands/responses/"):
        kind = body.get("type") or "message"
        fitting |= {"type": kind, "responses": [SIGNAL if kind == "event" else WORDS]}
    return fitting


def configuration(given: Any) -> Any:
    """The one that was made up, with addresses that exist."""
    own = {"webhookUrl": "https://mysite.io/hook", "allowedOrigins": ["localhost"], "start": [WORDS]}
    if not isinstance(given, dict):
        return given
    given = of_dialect(given)
    return {**given, **{name: value for name, value in own.items() if name in given}}


def of_dialect(given: dict[str, Any]) -> dict[str, Any]:
    """Of a bot's configuration the properties that its dialect has, which a schema cannot say."""
    dialect = DIALECTS.get(given.get("dialect", "webhook"))
    others = {name for one in DIALECTS.values() for name in (*one.needs, *one.takes)} - {"webhookUrl", "echo"}
    if dialect is None or not others & set(given):
        return given
    return {name: value for name, value in given.items() if name not in others - {*dialect.needs, *dialect.takes}}


def applies(check: Any, case: Any, response: Any) -> bool:
    """Whether a check has something to say of this answer."""
    if check is not_a_server_error:
        return bool(response.status_code != 501)  # a planned channel; that it is documented, another check says
    if check is judged.negative_data_rejection:
        if response.status_code == 413:
            return False  # refused for its size before it was read
        if case.media_type == "multipart/form-data" and not spoiled(case, ParameterLocation.PATH):
            return False  # whatever takes the place of a file is a text, and texts are taken
        return not (is_courtesy(case) or "" in (case.query or {}).values())
    if check is judged.positive_data_acceptance and response.status_code == 400:
        codes = {text[-10:-1] for text in (error["description"] for error in response.json().get("errors", []))}
        return not codes <= BEYOND_SCHEMA
    return True


def is_courtesy(case: Any) -> bool:
    """Whether a body is only another spelling of a good one: null for what is not given, text for a number or yes."""
    operation = judge().operation(case.operation.method, case.operation.path)
    if "application/json" not in operation.get("requestBody", {}).get("content", {}) or not isinstance(case.body, dict):
        return False
    return not judge().faults(plain(case.body), judge().body_schema(operation))


def plain(value: Any) -> Any:
    """The same in its documented spelling."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    shown = {name: plain(item) for name, item in value.items() if item is not None}
    if "metadata" in shown and isinstance(shown.get("type"), int):
        shown["type"] = "WebChat"  # a channel by its number
    if shown.get("integrationId") == "":
        del shown["integrationId"]  # an empty sender is none
    for name in ("latitude", "longitude"):
        if isinstance(shown.get(name), bool | str):
            shown[name] = 0
    for name in ("regenerateKeys", "echo"):
        if str(shown.get(name)).lower() in ("0", "1", "0.0", "1.0", "true", "false", "t", "f", "y", "n", "on", "off"):
            shown[name] = True
    number = str(shown.get("closeDormantConversation", ""))
    if number.isdecimal():
        shown["closeDormantConversation"] = int(number)
    return shown
