"""Bad input of every kind against every route: the documented answer, no crash, and nothing changed."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from tests.api_table import CALLS, ROUTES, WITH_BODY, Call, methods_of, random_ids, resolver_routes
from tests.two_tenants import codes_of, fault_of, send, snapshot

MEGABYTE = "x" * 1_000_000
WRONG = [None, True, 0, -1, 2**63, 10**40, 1.5, "", " ", "\u00b2", "9" * 5000, MEGABYTE, [], [[]], {}, {"a": {}}]
BROKEN = {
    "a broken object": '{"name": ',
    "text after the end": "{} {}",
    "single quotes": "{'name': 'x'}",
    "an array": "[]",
    "a filled array": '[{"name": "x"}]',
    "a string": '"text"',
    "a number": "17",
    "a boolean": "true",
    "null": "null",
    "invalid UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "1000 levels": "[" * 1000 + "]" * 1000,
    "1000 levels of objects": '{"a":' * 1000 + "1" + "}" * 1000,
    "100000 levels": "[" * 100_000,
    "a body over the limit": '{"name": "' + "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + '"}',
}


def spoiled(good: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """A good body with one thing wrong that is wrong everywhere: (what, raw)."""
    text = json.dumps(good)
    first = next(iter(good))
    for what, value in {
        "a NUL in a value": r'"a\u0000b"', "half a surrogate": r'"\ud800"', "NaN": "NaN", "-Infinity": "-Infinity",
        "a number beyond floats": "1e400", "a number of 5000 digits": "9" * 5000,
    }.items():  # fmt: skip
        yield f"{what} in {first}", json.dumps({**good, first: "@@"}).replace('"@@"', value)
        yield f"{what} in an unknown property", text[:-1] + f', "zz": {value}}}'
        yield f"{what} in a nested place", text[:-1] + f', "properties": {{"profile": {{"a": [{value}]}}}}}}'
    yield "a NUL in a key", text[:-1] + r', "a\u0000b": 1}'
    yield "half a surrogate in a key", text[:-1] + r', "\udfff": 1}'
    yield "a property twice", text[:-1] + f', "{first}": {json.dumps(good[first])}}}'
    yield "33 levels in an unknown property", text[:-1] + ', "zz": ' + "[" * 40 + "]" * 40 + "}"


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every node below a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from nodes(item, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy with the node at a path replaced."""
    copy = json.loads(json.dumps(value))
    target = copy
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = new
    return copy


def refusals(pair, call: Call, raws: Iterator[tuple[str, str | bytes]]) -> list[str]:
    """What went wrong when each raw body was sent: it must be refused, as documented, with nothing changed."""
    before, faults = snapshot(), []
    for what, raw in raws:
        answer = send(pair.clients[call.api], call, pair.own, raw)
        if answer.status_code < 400:
            faults.append(f"{what}: accepted")
        elif fault_of(answer):
            faults.append(f"{what}: {fault_of(answer)}")
        after = snapshot()
        if after != before:
            faults.append(f"{what}: the database changed")
            before = after
    return faults


def test_every_api_route_and_method_has_a_row_in_the_table():
    routes = dict(resolver_routes())
    assert sorted(routes) == ROUTES
    for route, view in routes.items():
        if methods_of(view):
            assert methods_of(view) == {call.method for call in CALLS if call.route == route}, route


@pytest.mark.parametrize("call", [call for call in CALLS if call.method == "GET" or call.body], ids=str)
def test_every_good_call_is_accepted_so_that_the_bad_ones_prove_something(pair, call):
    answer = send(pair.clients[call.api], call, pair.own)
    assert answer.status_code == 200, answer.content


@pytest.mark.parametrize("call", WITH_BODY, ids=str)
def test_a_body_that_is_not_an_object_is_refused(pair, call):
    faults = refusals(pair, call, iter(BROKEN.items()))
    assert faults == []


@pytest.mark.parametrize("call", WITH_BODY, ids=str)
def test_a_body_over_the_limit_is_413(pair, call):
    answer = send(pair.clients[call.api], call, pair.own, BROKEN["a body over the limit"])
    assert answer.status_code == 413


NO_BODY = {"PRT": ["PRT000300"], "establish": ["ENG003000"], "inbound": ["ENG005000"], "contacts": ["ENG000201"],
           "preview": ["ENG005000"]}  # fmt: skip


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded", ""])
@pytest.mark.parametrize("call", WITH_BODY, ids=str)
def test_no_body_is_told_from_an_empty_object(pair, call, content_type):
    answer = send(pair.clients[call.api], call, pair.own, "", content_type=content_type)
    kind = "PRT" if call.prefix == "PRT" else call.path.split("/")[0].replace("api", "establish")
    kind = next((name for name in ("contacts", "preview") if f"/{name}" in call.path), kind)
    assert (answer.status_code, codes_of(answer)) == (400, NO_BODY[kind])


MANDATORY = {
    "/tokens": ["name"],
    "/commands/transfers/{hub_id}": ["name", "url", "linkDescription"],
    "/commands/responses/{hub_id}": ["name", "integrationTypeId", "type", "responses"],
    "/commands/dynamics/{hub_id}": ["name", "url"],
    "/integrations/hubs/{hub_id}": ["channelId", "name", "configuration"],
    "/establish": ["integrationId", "binding", "channelType"],
    "/deliveries/replay": ["integrationId"],
    "/deliveries/send-now": ["integrationId"],
    "/preview": ["message"],
    "/hubs": ["name", "description"],
}  # the first row that fits a path counts


@pytest.mark.parametrize("call", [call for call in WITH_BODY if call.method != "PUT" and "update" not in call.note],
                         ids=str)  # fmt: skip
def test_an_empty_object_is_refused_with_every_mandatory_property_named(pair, call):
    answer = send(pair.clients[call.api], call, pair.own, "{}")
    assert fault_of(answer) is None
    named = next((names for part, names in MANDATORY.items() if part in call.path), [])
    text = answer.content.decode()
    assert [name for name in named if f"'{name}'" not in text] == []


@pytest.mark.parametrize("call", WITH_BODY, ids=str)
def test_what_is_no_text_no_number_or_no_single_property_is_refused_everywhere(pair, call):
    assert refusals(pair, call, spoiled(call.body(pair.own))) == []


@pytest.mark.parametrize("call", WITH_BODY, ids=str)
def test_a_wrong_type_in_any_property_is_refused_or_harmless_and_never_a_crash(pair, call):
    good, faults = call.body(pair.own), []
    for path in nodes(good):
        for value in WRONG:
            before = snapshot()
            answer = send(pair.clients[call.api], call, pair.own, json.dumps(replaced(good, path, value)))
            what = f"{'.'.join(map(str, path))} = {str(value)[:20]!r}"
            if answer.status_code == 200:
                pair.sweep()
                continue
            if fault_of(answer):
                faults.append(f"{what}: {fault_of(answer)}")
            if snapshot() != before:
                faults.append(f"{what}: the database changed")
    assert faults == []


MANDATORY_TYPES = [
    ("POST /api/v1/hubs", "name", 5, "PRT000302"), ("POST /api/v1/hubs", "name", True, "PRT000302"),
    ("POST /api/v1/hubs", "name", None, "PRT000301"), ("POST /api/v1/hubs", "name", "  ", "PRT000301"),
    ("POST /api/v1/hubs", "name", "x" * 201, "PRT000207"), ("POST /api/v1/hubs", "description", [], "PRT000302"),
    ("POST /api/v1/hubs", "closeDormantConversation", -1, "PRT000209"),
    ("POST /api/v1/hubs", "closeDormantConversation", 10**30, "PRT000207"),
    ("POST /api/v1/hubs", "closeDormantConversation", "ten", "PRT000302"),
    ("POST /api/v1/hubs", "statusId", 2001, "PRT000206"), ("POST /api/v1/hubs", "statusId", "50000", "PRT000206"),
    ("POST /api/v1/hubs", "color", "red", "PRT000303"),
    ("POST /api/v1/tenants/clients/{client_id}/tokens", "expiration", "tomorrow", "PRT000204"),
    ("POST /api/v1/tenants/clients/{client_id}/tokens", "expiration", 5, "PRT000204"),
    ("POST /api/v1/tenants/clients/{client_id}/tokens", "expiration", "2001-01-31", "PRT000207"),
    ("POST /api/v1/tenants/clients/{client_id}/tokens", "expiration", "9999-12-31T23:59:59-14:00", "PRT000204"),
    ("POST /api/v1/integrations/hubs/{hub_id} (create)", "channelId", "Fax", "PRT000206"),
    ("POST /api/v1/integrations/hubs/{hub_id} (create)", "channelId", True, "PRT000206"),
    ("POST /api/v1/integrations/hubs/{hub_id} (create)", "channelId", "\u00b2", "PRT000206"),
    ("POST /api/v1/integrations/hubs/{hub_id} (create)", "channelId", "9" * 5000, "PRT000206"),
    ("POST /api/v1/integrations/hubs/{hub_id} (create)", "configuration", "text", "PRT000302"),
    ("POST /api/v1/integrations/hubs/{hub_id} (create)", "statusId", 2000, "PRT000206"),
    ("POST /api/v1/conversations/establish", "integrationId", 5, "ENG003002"),
    ("POST /api/v1/conversations/establish", "integrationId", "not-a-guid", "ENG003002"),
    ("POST /api/v1/conversations/establish", "binding", 5, "ENG000201"),
    ("POST /api/v1/conversations/establish", "binding", "x" * 401, "ENG000207"),
    ("POST /api/v1/conversations/establish", "channelType", "\u00b2", "ENG000206"),
    ("POST /api/v1/conversations/establish", "channelType", True, "ENG000206"),
    ("POST /api/v1/conversations/establish", "properties", [], "ENG000201"),
    ("POST /api/v1/conversations/establish", "properties", "", "ENG000201"),
    ("POST /api/v1/conversations/establish", "properties", 0, "ENG000201"),
    ("POST /api/v1/conversations/establish", "properties", {"profile": "x"}, "ENG000201"),
    ("POST /api/v1/conversations/establish", "properties", {"profile": {"a": "x" * 70_000}}, "ENG000207"),
    ("POST /inbound/customer/v1/direct/activity/{conversation_id}", "externalId", 5, "ENG000201"),
    ("POST /inbound/customer/v1/direct/activity/{conversation_id}", "externalId", "x" * 513, "ENG000207"),
    ("POST /inbound/customer/v1/direct/activity/{conversation_id}", "type", "telepathy", "ENG005002"),
    ("POST /inbound/customer/v1/direct/activity/{conversation_id}", "message", "text", "ENG000201"),
    ("POST /inbound/business/v1/direct/activity/{conversation_id}", "sender", "x", "ENG000201"),
    ("POST /inbound/business/v1/direct/activity/{conversation_id}", "sender", {}, "ENG005001"),
    ("POST /inbound/business/v1/direct/activity/{conversation_id}", "sender", {"integrationId": "x"}, "ENG005020"),
]  # fmt: skip


@pytest.mark.parametrize(("which", "name", "value", "code"), MANDATORY_TYPES)
def test_each_fault_has_its_documented_code_and_names_the_property(pair, which, name, value, code):
    call = next(call for call in WITH_BODY if str(call) == which)
    answer = send(pair.clients[call.api], call, pair.own, json.dumps({**call.body(pair.own), name: value}))
    assert (answer.status_code, codes_of(answer)) == (400, [code]), answer.content
    told = answer.json()["errors"][0]["description"]
    if code == "PRT000206":  # the documents give its text
        assert told == f"Value '{str(value)[:40]}' is not valid. (code: PRT000206)"
    else:
        assert f"'{name}" in told


def test_every_fault_is_listed_not_only_the_first(pair):
    call = next(call for call in WITH_BODY if str(call) == "POST /api/v1/hubs")
    body = '{"statusId": 5, "closeDormantConversation": "x", "colour": 1}'
    answer = send(pair.clients["portal"], call, pair.own, body)
    wanted = ["PRT000206", "PRT000301", "PRT000301", "PRT000302", "PRT000303"]
    assert sorted(codes_of(answer)) == wanted


def test_faults_of_a_configuration_are_listed_together_with_those_beside_it(pair):
    call = next(call for call in WITH_BODY if "create" in call.note)
    body = {"channelId": "System", "configuration": {"events": ["shout"], "color": 1}, "statusId": 1}
    answer = send(pair.clients["portal"], call, pair.own, json.dumps(body))
    text = answer.content.decode()
    named = (
        "'name'",
        "Value '1' is",
        "'configuration.webhookUrl'",
        "'configuration.events[0]'",
        "'configuration.color'",
    )
    assert [name for name in named if name not in text] == []


def test_a_long_unknown_property_name_is_not_echoed_whole(pair):
    for call in WITH_BODY:
        body = {**call.body(pair.own), "k" * 100_000: 1}
        answer = send(pair.clients[call.api], call, pair.own, json.dumps(body))
        if answer.status_code != 200:
            assert fault_of(answer) is None


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "x",
"a/b;c",
                                          "application/json; charset=utf-16",
                                          "application/x-www-form-urlencoded"])  # fmt: skip
@pytest.mark.parametrize("call", WITH_BODY, ids=str)
def test_a_wrong_content_type_is_read_as_json_or_refused(pair, call, content_type):
    answer = send(pair.clients[call.api], call, pair.own, content_type=content_type)
    assert answer.status_code == 200 or fault_of(answer) is None
    refused = send(pair.clients[call.api], call, pair.own, "name=x&description=y", content_type=content_type)
    assert refused.status_code == 400
    assert fault_of(refused) is None


def test_random_ids_in_bodies_are_404(pair):
    for call in WITH_BODY:
        body = call.body(random_ids())
        if body == call.body(pair.own):
            continue
        answer = send(pair.clients[call.api], call, pair.own, json.dumps(body))
        own = {"/contacts/": "ENG000105", "/preview": "ENG006500"}
        of_engine = next((code for part, code in own.items() if part in call.path), "ENG006000")
        of_portal = "PRT000699" if call.path.endswith("/slack/authorize") else "PRT000799"  # that one names a hub
        code = {"PRT": of_portal, "ENG": of_engine}[call.prefix]
        assert (answer.status_code, codes_of(answer)) == (404, [code]), str(call)
