"""The API reference: complete, right about types, and every link of it leads somewhere."""

import re

import pytest

from hubster.lib.openapi import views
from webchat.reference import operations
from webchat.reference.schemas import limits_of, properties_of, type_of

PAGES = ["", *(f"/{group.slug}" for group in operations.groups()), "/objects"]
SCHEMAS = views.document()["components"]["schemas"]


def text_of(schema: dict) -> str:
    """A type as it is read."""
    return "".join(word.text for word in type_of(schema))


def test_every_call_of_the_document_has_its_place(client):
    wanted = {call["operationId"] for methods in views.document()["paths"].values() for call in methods.values()}
    shown = [call.id for group in operations.groups() for call in group.operations]
    assert sorted(shown) == sorted(wanted)
    for group in operations.groups():
        html = client.get(f"/docs/api-reference/{group.slug}").content.decode()
        assert set(re.findall(r'<h2 id="(\w+)"', html)) == {call.id for call in group.operations}


@pytest.mark.parametrize("path", PAGES)
def test_every_link_leads_somewhere(client, path):
    html = client.get(f"/docs/api-reference{path}").content.decode()
    for target in set(re.findall(r'href="(/docs/[^"]*|#[^"]*)"', html)):
        page, _, anchor = target.partition("#")
        answer = client.get(page) if page else None
        assert answer is None or answer.status_code == 200, target
        other = answer.content.decode() if answer else html
        assert not anchor or anchor.startswith("/") or f'id="{anchor}"' in other, target


def test_an_unknown_page_is_not_found(client):
    assert client.get("/docs/api-reference/nothing").status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_every_column_and_row_of_a_table_has_its_header(client, path):
    html = client.get(f"/docs/api-reference{path}").content.decode()
    assert "<th>" not in html
    assert '<th scope="col"></th>' not in html


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "format": "uuid"}, "GUID"),
        ({"type": ["integer", "null"]}, "integer"),
        ({"type": "array", "items": {"type": "string"}}, "list of strings"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Hub"}}, "list of Hub"),
        ({"oneOf": [{"$ref": "#/components/schemas/Hub"}, {"type": "null"}]}, "Hub"),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, "string or integer"),
        ({"const": "text", "type": "string"}, '"text"'),
        ({}, "any value"),
    ],
)
def test_types_are_told_in_words(schema, words):
    assert text_of(schema) == words


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 0, "maximum": 100, "default": 50}, "0 to 100; default `50`"),
        ({"type": "string", "maxLength": 200}, "up to 200 characters"),
        ({"type": "array", "minItems": 1}, "at least 1 item"),
        ({"enum": ["a", "b", None]}, "one of `a`, `b`"),
        ({"type": "boolean", "default": True}, "default `true`"),
        ({"type": "string"}, ""),
    ],
)
def test_limits_are_told_in_words(schema, words):
    assert limits_of(schema) == words


def test_required_properties_come_first_and_named_choices_are_shown_in_place():
    rows = properties_of({"$ref": "#/components/schemas/HubCreate"}, SCHEMAS)
    assert [row.required for row in rows] == sorted((row.required for row in rows), reverse=True)
    status = next(row for row in rows if row.name == "statusId")
    assert "2000" in status.limits


def test_a_call_can_be_pasted_into_a_shell():
    calls = {call.id: call for group in operations.groups() for call in group.operations}
    assert "/api/v1/hubs/HUB_ID" in calls["getHub"].command
    assert "--request" not in calls["getHub"].command
    assert "--request DELETE" in calls["deleteHub"].command
    assert "$TOKEN" not in calls["getKeys"].command
    assert "--form file=@photo.jpg" in calls["sendWebChatFile"].command
