"""Django's middlewares for pages: sessions, people, messages, static files. Calls of APIs pass them by.

No API reads a cookie, so none of them could find anything there. That of forms is Django's own, as its checks want it.
"""

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

from hubster.lib.middleware import api_prefix


class PagesOnly:
    """Put in front of a middleware: it works for pages only."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with the middleware's work if it is a page."""
        if api_prefix(request.path_info):
            return self.get_response(request)  # type: ignore[no-any-return]
        return super().__call__(request)  # type: ignore[misc,no-any-return]


class PageFiles(PagesOnly, WhiteNoiseMiddleware):  # type: ignore[misc]
    """Static files."""


class PageSessions(PagesOnly, SessionMiddleware):
    """Sessions of people."""


class PagePeople(PagesOnly, AuthenticationMiddleware):
    """The person of a session."""


class PageMessages(PagesOnly, MessageMiddleware):
    """Messages that are shown on the next page."""
