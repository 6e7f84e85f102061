"""Declares an operation beside its view method."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.serializers import BaseSerializer

from hubster.lib.openapi.shapes import Made, Shape

Handler = TypeVar("Handler", bound=Callable[..., Any])
Security = tuple[dict[str, list[str]], ...]  # each entry alone is enough
Takes = BaseSerializer[Any] | type[BaseSerializer[Any]] | Made | None

_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="Makes a retry safe: a repeat with the same key and body changes nothing and gets the first answer.",
)
_EVERYWHERE = (400, 429, 500, 503)


def query(name: str, schema: dict[str, Any], text: str, required: bool = False) -> OpenApiParameter:
    """An argument of the query."""
    return OpenApiParameter(name, schema, OpenApiParameter.QUERY, required=required, description=text)


PAGE = (
    query("pageNumber", {"type": "integer", "minimum": 0, "maximum": 10**9, "default": 0}, "The page, from 0."),
    query("pageSize", {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}, "Results per page."),
)


@dataclass(frozen=True)
class Resource:
    """The common part of a resource's operations: the tag, and the tokens that are taken, each alone."""

    tag: str
    security: Security = ()

    def operation(
        self, name: str, summary: str, *, answers: Any = None, takes: Takes = None, text: str = "",
        refuses: Sequence[int] = (), arguments: Sequence[OpenApiParameter] = (),
        idempotent: bool = False, repeats: bool = False,
    ) -> Callable[[Handler], Handler]:  # fmt: skip
        """Declares a view's method. `refuses` are statuses besides those that follow from the rest.

        `answers` is a type, None for an empty body. `once` says that `Idempotency-Key` is honoured and the whole answer
        kept; `repeats`, that it is honoured and its message found again. Both compare the rest of the request.
        """
        statuses = {*_EVERYWHERE, *refuses}
        if self.security and {} not in self.security:
            statuses |= {401, 403}
        if takes or idempotent:
            statuses.add(413)
        if idempotent or repeats:
            statuses.add(409)
        shown = answers if isinstance(answers, Made) or answers is None else Shape(answers)
        return extend_schema(
            operation_id=name,
            summary=summary,
            description=text or None,
            tags=[self.tag],
            auth=list(self.security),  # type: ignore[arg-type]
            request=takes,
            responses={200: shown, **dict.fromkeys(sorted(statuses), Refusal(keeps=idempotent))},
            parameters=[*arguments, *([_KEY] if idempotent or repeats else [])],
        )


@dataclass(frozen=True)
class Refusal:
    """Stands for the shared answer of an error status; `keeps` where the whole answer to a repeat is kept."""

    keeps: bool = False
