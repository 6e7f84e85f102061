"""The widget's token."""

import uuid
from urllib.parse import urlsplit

from django.conf import settings
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response

from engine import access
from engine.adapters._origins import origin_allowed
from engine.api.shapes import ANYBODY, WebChatTokenRead
from hubster.lib.drf import ApiView, guid_or_fail
from hubster.lib.errors import fail
from hubster.lib.openapi.operation import Resource
from portal.identity import tokens
from portal.identity.authentication import bearer
from portal.models import Integration


class TokenView(ApiView):
    """GET /api/v1/integrations/web-chat/token/{integrationId}: for browsers on allowed pages."""

    authentication_classes = []
    permission_classes = []
    error_prefix = "ENG"

    @Resource("Web chat", ANYBODY).operation(
        "createWebChatToken", "Get a token for one browser",
        text="For pages of the integration's `allowedOrigins`; the browser says which page asks. "
        "With a token of before, up to 30 days after its end, the new one keeps the visitor's identity.",
        answers=WebChatTokenRead, refuses=[403, 404],
    )  # fmt: skip
    def get(self, request: Request, integration_id: str) -> Response:
        """A token. Sent with the one before, the new one keeps the visitor's identity."""
        guid = guid_or_fail(integration_id, "ENG", "integrationId")
        rows = Integration.objects.filter(pk=guid, channel="WebChat").select_related("hub__tenant")
        row = rows.first()
        if row is None:
            raise fail("ENG006000")
        check_origin(request, row)
        access.check_tenant(row.hub)
        access.check_active(row)
        token = tokens.webchat_token(row.hub.tenant_id, row.id, _visitor_id(request, row))
        answer: WebChatTokenRead = {
            "access_token": token,
            "token_type": "WebBearer",
            "expires_in": settings.WEBCHAT_TOKEN_SECONDS,
        }
        return Response(answer)


def check_origin(request: Request, row: Integration) -> None:
    """The page's origin must be allowed exactly; ENG000101 tells which one was not.

    Browsers leave the header out when the page and the service share one origin; then that origin counts.
    """
    origin = request.headers.get("Origin")
    if origin is None and request.headers.get("Sec-Fetch-Site") == "same-origin":
        origin = _own_origin(request)
    if not origin_allowed(origin or "", row.configuration["allowedOrigins"]):
        raise fail("ENG000101", text=f"The origin '{(origin or 'none')[:200]}' is not among the allowed origins.")


def _own_origin(request: Request) -> str:
    """Where clients reach us: behind a proxy that ends TLS, the request itself came over plain http."""
    known, host = urlsplit(settings.PUBLIC_URL), request.get_host()
    return f"{known.scheme if host.lower() == known.netloc.lower() else request.scheme}://{host}"


def _visitor_id(request: Request, row: Integration) -> uuid.UUID:
    """The identity in a token that came along, or a new random one."""
    if request.headers.get("Authorization"):
        try:
            visitor = tokens.renewed_visitor(bearer(request))
            if visitor.integration_id == row.id:
                return visitor.visitor_id
        except (tokens.TokenRefused, tokens.WrongResource, AuthenticationFailed):
            pass  # it proves nothing: the browser starts as a new visitor
    return uuid.uuid4()
