"""The document itself: complete, valid, and fit to make clients of."""

import json
import re

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from hubster.lib.openapi import views
from hubster.openapi import TAGS
from portal.api.identity import SECURITY_SCHEMES
from tests.api_table import CALLS, WITH_TOKEN

SERVED = "api/openapi.json"  # the document does not describe itself
OPERATIONS = [
    (method, path, operation)
    for path, methods in views.document()["paths"].items()
    for method, operation in methods.items()
]
NAMED = pytest.mark.parametrize(
    ("method", "path", "operation"), OPERATIONS, ids=[operation["operationId"] for *_, operation in OPERATIONS]
)


def blank(route: str) -> str:
    """A path without the names of its parameters."""
    return re.sub(r"\{\w+\}|<str:\w+>", "{}", route).lstrip("/")


def test_the_document_has_exactly_the_calls_of_the_api_table():
    documented = {(method.upper(), blank(path)) for method, path, _ in OPERATIONS}
    assert documented == {(call.method, blank(call.route)) for call in CALLS if call.route != SERVED}


def test_the_document_is_made_without_a_warning_and_is_valid():
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        made = SchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS, {**GENERATOR_STATS._warn_cache, **GENERATOR_STATS._error_cache}
    validate_schema(made)
    assert made["openapi"].startswith("3.1.")
    assert json.loads(json.dumps(made)) == views.document()


def test_everybody_may_read_the_document_from_anywhere(client, settings):
    answer = client.get("/api/openapi.json", headers={"origin": "https://elsewhere.example.com"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer.json() == views.document()
    assert answer.json()["servers"] == [{"url": settings.PUBLIC_URL}]


def test_every_reference_leads_somewhere_and_every_component_is_used():
    document = views.document()
    text = json.dumps(document)
    used = set(re.findall(r'"#/components/(\w+)/([\w.-]+)"', text))
    there = {(kind, name) for kind, found in document["components"].items() for name in found}
    schemes = {("securitySchemes", name) for name in SECURITY_SCHEMES}
    assert used == there - schemes


def test_names_of_operations_are_unique_and_in_camel_case():
    names = [operation["operationId"] for *_, operation in OPERATIONS]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", name)] == []


@NAMED
def test_an_operation_says_what_it_is_for_and_how_to_call_it(method, path, operation):
    assert operation["summary"]
    assert operation["tags"][0] in TAGS
    parameters = operation.get("parameters", [])
    assert {item["name"] for item in parameters if item["in"] == "path"} == set(re.findall(r"\{(\w+)\}", path))
    assert all(item["description"] and item["schema"] for item in parameters)
    assert ("requestBody" in operation) <= (method in ("post", "put"))


@NAMED
def test_an_operation_names_its_tokens(method, path, operation):
    call = next(call for call in CALLS if (call.method.lower(), blank(call.route)) == (method, blank(path)))
    named = {name for entry in operation["security"] for name in entry}
    assert named <= set(SECURITY_SCHEMES)
    assert (f"{call.api}Token" in named) == (call in WITH_TOKEN)
    assert ("401" in operation["responses"]) == (call in WITH_TOKEN or path == "/connect/token")


def test_the_json_is_the_same_in_every_process():
    generator = SchemaGenerator()
    assert json.dumps(generator.get_schema(request=None, public=True)) == json.dumps(views.document())
