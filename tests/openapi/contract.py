"""The document as a judge: whether an answer, or a body, is what the document says of its operation."""

import copy
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from hubster.lib.openapi import views

SPOKEN_OF = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "retry-after", "idempotent-replayed",
             "www-authenticate")  # fmt: skip
_formats = FormatChecker(["uuid"])


@_formats.checks("date-time", raises=ValueError)
def _is_moment(value: Any) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def closed(value: Any) -> Any:
    """A copy in which objects have no properties but those that are named: answers hold nothing undocumented."""
    if isinstance(value, list):
        return [closed(item) for item in value]
    if not isinstance(value, dict):
        return value
    shown = {key: closed(item) for key, item in value.items()}
    if isinstance(value.get("properties"), dict) and value.get("type") == "object":
        shown.setdefault("additionalProperties", False)
    return shown


@dataclass(frozen=True)
class Judge:
    """Knows the document."""

    document: dict[str, Any]
    strict: dict[str, Any]  # its components, closed

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        """The operation of a path with its ids filled in; of two that fit, the one with more plain words."""
        fitting = [template for template in self.document["paths"] if _fits(template, path.partition("?")[0])]
        named = sorted(fitting, key=lambda template: template.count("{"))
        return next((found for one in named if (found := self.document["paths"][one].get(method.lower()))), None)

    def response(self, operation: dict[str, Any], status: int) -> dict[str, Any] | None:
        """What an operation says of a status."""
        found = operation["responses"].get(str(status))
        return self.resolved(found) if found else None

    def resolved(self, value: dict[str, Any]) -> dict[str, Any]:
        """What a reference leads to."""
        while "$ref" in value:
            target: Any = self.document
            for step in value["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            value = target
        return value

    def faults(self, value: Any, schema: dict[str, Any], strict: bool = False) -> list[str]:
        """What is wrong with a value."""
        components = self.strict if strict else self.document["components"]
        whole = {**(closed(schema) if strict else schema), "components": components}
        validator = Draft202012Validator(whole, format_checker=_formats)
        return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]

    def answer_faults(self, method: str, path: str, answer: Any) -> list[str]:
        """What an answer has that the document does not say, or the other way round."""
        operation = self.operation(method, path)
        if operation is None:
            return [f"{method} {path} is not in the document"]
        said = self.response(operation, answer.status_code)
        if said is None:
            return [f"{operation['operationId']} does not say {answer.status_code}: {_raw(answer)[:200]!r}"]
        headers = {name.lower() for name in said.get("headers", {})}
        found = [
            f"header {name} is not documented" for name in SPOKEN_OF if name in answer.headers and name not in headers
        ]
        if "content" not in said:
            return [*found, *(["a body that is not documented"] if _raw(answer) else [])]
        kind = answer.headers.get("Content-Type", "").partition(";")[0]
        if kind not in said["content"]:
            return [*found, f"the content type is {kind}"]
        return [*found, *self.faults(answer.json(), said["content"][kind]["schema"], strict=True)]

    def body_schema(self, operation: dict[str, Any]) -> dict[str, Any]:
        """The schema of an operation's JSON body."""
        return dict(operation["requestBody"]["content"]["application/json"]["schema"])


def _raw(answer: Any) -> bytes:
    return bytes(answer.content)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)))


def _fits(template: str, path: str) -> bool:
    return bool(_pattern(template).fullmatch(path))


@cache
def judge() -> Judge:
    """The judge of the document that is served."""
    document = views.document()
    return Judge(document, closed(copy.deepcopy(document["components"])))
