"""Shows a new secret on the next page, and never again."""

from django.contrib import messages
from django.http import HttpRequest
from django.template.loader import render_to_string


def show_once(request: HttpRequest, words: str, value: str) -> None:
    """A message with the value and a button that copies it. It is gone after the page that shows it."""
    messages.success(request, render_to_string("portal/admin/once.html", {"words": words, "value": value}))
