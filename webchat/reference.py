"""The interactive page of the API: the document, to be read and tried out, without anything from outside."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """GET /docs/api-reference."""
    return render(request, "webchat/reference.html")
