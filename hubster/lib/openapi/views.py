"""The document as it is served: made once for each process, open to everybody."""

import json
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

CACHING = "public, max-age=300"


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    generator: Any = SchemaGenerator
    found: dict[str, Any] = generator().get_schema(request=None, public=True)
    return found


@cache
def _written() -> bytes:
    return json.dumps(document(), ensure_ascii=False, separators=(",", ":")).encode()


@csrf_exempt  # no cookie is looked at; and a wrong method is 405, not a form that was too old
@require_safe
def openapi_json(request: HttpRequest) -> HttpResponse:
    """GET /api/openapi.json."""
    return HttpResponse(_written(), content_type="application/json", headers={"Cache-Control": CACHING})
