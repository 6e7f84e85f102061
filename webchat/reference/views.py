"""The pages of the API reference, and the interactive page beside them. Nothing is loaded from outside."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hubster.lib.openapi import views
from webchat import docs
from webchat.reference import operations

OBJECTS = "objects"


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """GET /docs/api-reference: every call in one list."""
    return _page(request, "overview", {"text": docs.rendered(views.document()["info"]["description"])[0]})


@require_safe
def group(request: HttpRequest, slug: str) -> HttpResponse:
    """GET /docs/api-reference/{slug}: the calls of one resource, or all objects."""
    if slug == OBJECTS:
        return _page(request, "objects", {"objects": operations.objects(), "slug": OBJECTS})
    found = next((one for one in operations.groups() if one.slug == slug), None)
    if found is None:
        raise Http404
    return _page(request, "group", {"group": found, "slug": slug})


@require_safe
def interactive(request: HttpRequest) -> HttpResponse:
    """GET /docs/api-reference/try: Swagger UI, to send calls from the browser."""
    return render(request, "webchat/reference/try.html")


def _page(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    shared = {"pages": docs.all_pages(), "groups": operations.groups(), "reference": True}
    return render(request, f"webchat/reference/{name}.html", {**shared, **context})
