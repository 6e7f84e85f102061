"""Bad addresses against every route: ids in paths, queries, methods; and what a crash would show."""

import json
from dataclasses import fields
from typing import Any

import pytest

from tests.api_table import CALLS, ROUTES, WITH_TOKEN, Ids
from tests.two_tenants import codes_of, fault_of, send, snapshot

BAD_GUIDS = [
    "x", "123", "00000000-0000-0000-0000-00000000000", "00000000-0000-0000-0000-0000000000000",
    "g0000000-0000-0000-0000-000000000000", "%00", "%0a", "a%00b", "..%2f..", "%2F", "%252F", "x" * 5000, "%ff%fe",
    "%ED%A0%80", "'%20OR%201=1--", "null", "undefined", "{00000000-0000-0000-0000-000000000000", "٣" * 32,
    "00000000-0000-0000-0000-000000000000%0A", "00000000000000000000000000000000%00",
]  # fmt: skip


@pytest.mark.parametrize("call", [call for call in CALLS if "{" in call.path], ids=str)
def test_malformed_ids_in_a_path_are_refused(pair, call):
    before, faults = snapshot(), []
    for bad in BAD_GUIDS:
        ids = Ids(**{field.name: bad for field in fields(Ids)})
        known = Ids(**{**ids.__dict__, "client_id": pair.own.client_id})
        for own in (ids, known) if "secret_id" in call.path else (ids,):
            answer = send(pair.clients[call.api], call, own, json.dumps(call.body(pair.own)) if call.body else None)
            if answer.status_code not in (400, 404, 405) or fault_of(answer):  # a decoded slash may be another route
                faults.append(f"{bad[:40]}: {answer.status_code} {fault_of(answer)}")
    assert faults == []
    assert snapshot() == before


BAD_QUERIES = [
    "?pageNumber=%00&pageSize=%00&hubId=%00&type=%00&leid=%00", "?pageNumber=1e9", "?pageNumber=-1", "?pageSize=0",
    "?pageSize=101", "?pageSize=x", "?pageNumber=" + "9" * 400, "?hubId=x", "?hubId=%ff", "?type=Martian",
    "?type=Agent&leid=x", "?type=Agent&leid=-1", "?type=Agent&leid=" + "9" * 400, "?type=Agent&leid=%C2%B2",
    "?pageNumber=%D9%A3", "?pageSize=%D9%A3", "?leid=1&leid=2", "?&&&=&=", "?" + "a=1&" * 2000, "?q=" + "x" * 100_000,
    "?%00=1", "?%ED%A0%80=%ED%A0%80", "?x=%zz", "?;", "?[]=%5B", "?pageSize=5%00", "?type=Agent%00",
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_no_query_makes_a_call_crash(pair, call):
    faults = []
    for query in BAD_QUERIES:
        if call.method == "DELETE":
            continue
        answer = send(pair.clients[call.api], call, pair.own, query=query)
        pair.sweep()
        if answer.status_code >= 500 or (
            answer.status_code >= 400 and "error" not in answer.json() and fault_of(answer)
        ):
            faults.append(f"{query[:40]}: {answer.status_code} {fault_of(answer)}")
    assert faults == []


PAGES = [
    ("?pageNumber=-1", ["PRT000209"]), ("?pageSize=0", ["PRT000208"]), ("?pageSize=-5", ["PRT000208"]),
    ("?pageSize=101", ["PRT000207"]), ("?pageNumber=x&pageSize=y", ["PRT000210", "PRT000210"]),
    ("?pageSize=%D9%A3", ["PRT000210"]), ("?pageNumber=" + "9" * 30, ["PRT000207"]),
    ("?pageNumber=1.5", ["PRT000210"]), ("?PAGESIZE=0&PageNumber=-1", ["PRT000208", "PRT000209"]),
]  # fmt: skip


@pytest.mark.parametrize("path", ["hubs", "integrations"])
@pytest.mark.parametrize(("query", "codes"), PAGES)
def test_paging_arguments_out_of_range_have_their_documented_codes(pair, path, query, codes):
    answer = pair.clients["portal"].get(f"/api/v1/{path}{query}")
    assert (answer.status_code, sorted(codes_of(answer))) == (400, codes)


@pytest.mark.parametrize("route", ROUTES)
def test_a_wrong_method_is_405_in_the_documented_shape(pair, route):
    calls = [call for call in CALLS if call.route == route]
    before = snapshot()
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - {call.method for call in calls}:
        answer = pair.clients[calls[0].api].generic(method, calls[0].url(pair.own), "{}", "application/json")
        assert (answer.status_code, fault_of(answer)) == (405, None), f"{method}: {answer.content}"
        assert calls[0].method in answer["Allow"]
    assert snapshot() == before


def test_an_unknown_api_path_is_404_in_the_documented_shape(pair):
    for path in (
        "/api/v1/nothing",
        "/api/v1/hubs/a/b",
        "/inbound/x",
        "/connect/x",
        "/.well-known/x",
        "/api/v1/commands/x",
    ):
        answer = pair.clients["portal"].get(path)
        assert (answer.status_code, fault_of(answer)) == (404, None), path


@pytest.mark.parametrize("call", WITH_TOKEN, ids=str)
def test_an_unexpected_fault_of_ours_is_a_500_with_a_tracking_id_and_no_internals(pair, call, monkeypatch):
    def explode(*_: Any, **__: Any) -> None:
        raise RuntimeError("the secret plan")

    monkeypatch.setattr("portal.identity.authentication._client", explode)
    answer = send(pair.clients[call.api], call, pair.own)
    assert answer.status_code == 500
    assert "Tracking id" in answer.json()["errors"][0]["description"]
    assert "secret plan" not in answer.content.decode()
