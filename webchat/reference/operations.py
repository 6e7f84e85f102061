"""The operations and objects of the OpenAPI document, as the pages show them."""

import json
import re
import shlex
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.safestring import SafeString
from django.utils.text import slugify

from hubster.lib.openapi import views
from webchat.docs import inline, rendered
from webchat.reference.schemas import Json, Property, choices_of, limits_of, name_of, properties_of, row, type_of

_TOKENS = {
    "portalToken": "a portal token",
    "engineToken": "an engine token",
    "webChatToken": "a token of the widget",
}
_METHODS = ("get", "post", "put", "delete")


@dataclass(frozen=True)
class Answer:
    """One status that an operation answers with; `object` names the component of its body."""

    status: str
    text: SafeString
    object: str


@dataclass(frozen=True)
class Operation:
    """One call."""

    id: str
    method: str
    path: str
    title: str
    text: SafeString
    tokens: str
    parameters: dict[str, list[Property]]  # by place: path, query, header
    body: list[Property]
    body_type: str
    body_choices: list[str]
    result: list[Property]
    result_object: str
    answers: list[Answer]
    command: str  # to be pasted into a shell


@dataclass(frozen=True)
class Group:
    """The operations of one tag: a page."""

    slug: str
    title: str
    text: SafeString
    operations: list[Operation]


@dataclass(frozen=True)
class Object:
    """A named schema."""

    name: str
    text: SafeString
    properties: list[Property]
    choices: list[str]
    limits: SafeString


@cache
def groups() -> list[Group]:
    """Every tag with its operations, in the order of the document."""
    document = views.document()
    found: dict[str, list[Operation]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                found[methods[method]["tags"][0]].append(_operation(document, path, method, methods[method]))
    texts = {tag["name"]: tag.get("description", "") for tag in document["tags"]}
    return [Group(slugify(name), name, inline(texts[name]), operations) for name, operations in found.items()]


@cache
def objects() -> list[Object]:
    """Every named schema, by name."""
    schemas = views.document()["components"]["schemas"]
    return [
        Object(
            name,
            inline(schema.get("description", "")),
            properties_of(schema, schemas),
            choices_of(schema, schemas),
            inline(limits_of(schema)),
        )
        for name, schema in sorted(schemas.items())
    ]


def _operation(document: Json, path: str, method: str, found: Json) -> Operation:
    schemas = document["components"]["schemas"]
    kind, body = _content(found.get("requestBody", {}))
    schema = body.get("schema", {})
    answers = {status: _resolved(document, answer) for status, answer in found["responses"].items()}
    result = _content(answers.get("200", {}))[1].get("schema", {})
    return Operation(
        id=found["operationId"],
        method=method,
        path=path,
        title=found["summary"],
        text=rendered(found.get("description", ""))[0],
        tokens=_tokens(found.get("security", [])),
        parameters=_parameters(found.get("parameters", [])),
        body=properties_of(schema, schemas),
        body_type=kind,
        body_choices=choices_of(schema, schemas),
        result=properties_of(result, schemas),
        result_object=name_of(result) or name_of(result.get("items", {})),
        answers=[_answer(status, answer) for status, answer in answers.items()],
        command=_command(document, path, method, found),
    )


def _resolved(document: Json, value: Json) -> Json:
    target: Any = document
    for step in value.get("$ref", "").removeprefix("#/").split("/") if "$ref" in value else ():
        target = target[step]
    return target if "$ref" in value else value


def _content(holder: Json) -> tuple[str, Json]:
    """(content type, content) of a body; empty without one."""
    return next(iter(holder.get("content", {}).items()), ("", {}))


def _answer(status: str, answer: Json) -> Answer:
    schema = _content(answer)[1].get("schema", {})
    return Answer(status, inline(answer.get("description", "")), name_of(schema) or name_of(schema.get("items", {})))


def _tokens(security: list[dict[str, list[str]]]) -> str:
    names = [_TOKENS[name] for rule in security for name in rule if name in _TOKENS]
    return " or ".join(names)


def _parameters(found: list[Json]) -> dict[str, list[Property]]:
    places: dict[str, list[Property]] = {"path": [], "query": [], "header": []}
    for item in found:
        schema, required = item["schema"], item.get("required", False)
        shown = row(item["name"], schema, required, item.get("description", ""), type_of(schema))
        places[item["in"]].append(shown)
    return {place: rows for place, rows in places.items() if rows}


def _command(document: Json, path: str, method: str, found: Json) -> str:
    """A call with curl; ids in capitals are the reader's own."""
    filled = re.sub(r"\{(\w+)\}", lambda match: re.sub(r"(?<=[a-z])([A-Z])", r"_\1", match[1]).upper(), path)
    words = [f"curl {document['servers'][0]['url']}{filled}"]
    if method != "get":
        words[0] += f" --request {method.upper()}"
    if found.get("security"):
        words.append('--header "Authorization: Bearer $TOKEN"')
    return " \\\n  ".join([*words, *_sent(*_content(found.get("requestBody", {})))])


def _sent(kind: str, body: Json) -> list[str]:
    """The body as options of curl; the example that the document gives for it."""
    examples = body.get("examples") or {"": {"value": body.get("example")}}
    value = next(iter(examples.values()))["value"]
    if kind == "multipart/form-data":
        return ["--form file=@photo.jpg"]
    if value is None:
        return []
    if kind == "application/json":
        text = json.dumps(value, ensure_ascii=False, indent=2)
        return ['--header "Content-Type: application/json"', f"--data {shlex.quote(text)}"]
    return [f"--data {shlex.quote(f'{name}={text}')}" for name, text in value.items()]
