"""Shows a new secret on the next page, and never again."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils.html import format_html


def show_once(request: HttpRequest, words: str, value: str) -> None:
    """A message with the value, ready to be selected. It is gone after the page that shows it."""
    messages.success(request, format_html('{}<code class="hub-once" tabindex="0">{}</code>', words, value))
