"""Access of pages of other origins: every API call, and for SignalR clients also calls with credentials."""

from corsheaders.middleware import ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, CorsMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

HUB = "/engine-chat-hub/"


class HubCorsMiddleware(CorsMiddleware):
    """Names the caller's origin, and allows credentials, for the SignalR hub alone; elsewhere it is `*` without them.

    SignalR's browser client asks with credentials unless it is told not to, and a browser then does not accept `*`.
    Nothing is given away by it: what is asked there, `negotiate`, reads no cookie and tells everybody the same. An
    address that reads one must never be put below `HUB`.
    """

    def add_response_headers(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The headers of the answer; `Vary: Origin` is among them in either case."""
        super().add_response_headers(request, response)
        if request.path_info.startswith(HUB) and ACCESS_CONTROL_ALLOW_ORIGIN in response.headers:
            response.headers[ACCESS_CONTROL_ALLOW_ORIGIN] = request.headers["origin"]
            response.headers[ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"
        return response
