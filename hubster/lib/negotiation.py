"""Content negotiation: there is one format, JSON, so nothing is negotiated.

RFC 9110, 12.5.1 lets a server disregard `Accept`; a client that asked for something else and gets JSON can read why
its call failed, which a 406 without a body could not tell it. An argument named `format` is the caller's own.
"""

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class JsonOnly(BaseContentNegotiation):
    """Every view has one parser and one renderer; whatever a client's headers say, these are used."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        """The view's own."""
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, Any]:
        """The view's own, and its media type without the parameters that a client asked for."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type
