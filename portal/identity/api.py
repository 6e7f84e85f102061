"""The Identity endpoints: token, discovery, keys."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe
from oauth2_provider.views.mixins import OAuthLibMixin

from portal.identity import keys, tokens

_TEXTS = {
    "invalid_client": "The client is unknown or its secret is wrong, expired or deleted.",
    "invalid_request": "Send grant_type, client_id and client_secret, each once, as application/x-www-form-urlencoded.",
    "unsupported_grant_type": "grant_type must be client_credentials.",
    "invalid_scope": "The client may not ask for this scope.",
}


@method_decorator(csrf_exempt, name="dispatch")
@method_decorator(sensitive_post_parameters("client_secret"), name="dispatch")
class TokenView(OAuthLibMixin, View):  # type: ignore[misc]
    """POST /connect/token, RFC 6749; errors as that standard has them."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """A token, or an OAuth error: 401 when credentials came in a Basic header, else 400."""
        try:
            _, _, body, status = self.create_token_response(request)
            answer: dict[str, Any] = json.loads(body)
        except ValueError:  # the toolkit's word for a query or form that is not URL-encoded
            status, answer = 400, {"error": "invalid_request"}
        if "error" in answer:
            basic = request.headers.get("Authorization", "").lower().startswith("basic ")
            status = 401 if answer["error"] == "invalid_client" and basic else 400
            answer = {"error": answer["error"], "error_description": _describe(answer)}
        response = JsonResponse(answer, status=status, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})
        if status == 401:
            response["WWW-Authenticate"] = 'Basic realm="hubster"'  # RFC 6749 section 5.2: the scheme the client used
        return response


def _describe(answer: dict[str, Any]) -> str:
    return _TEXTS.get(answer["error"]) or answer.get("error_description") or answer["error"]


@require_safe
def discovery(request: HttpRequest) -> JsonResponse:
    """GET /.well-known/openid-configuration."""
    base = settings.PUBLIC_URL
    return JsonResponse(
        {
            "issuer": base,
            "token_endpoint": f"{base}/connect/token",
            "jwks_uri": f"{base}/.well-known/jwks.json",
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": [tokens.PORTAL, tokens.ENGINE],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        }
    )


@require_safe
def jwks(request: HttpRequest) -> JsonResponse:
    """GET /.well-known/jwks.json."""
    return JsonResponse(keys.jwks(), headers={"Cache-Control": "public, max-age=300"})
