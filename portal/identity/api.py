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

from hubster.lib.errors import Fault, HubsterError
from portal.identity import keys, members, token_request, tokens

# What stands here is said instead of the library's own words.
_TEXTS = {
    "invalid_client": "The client is unknown or its secret is wrong, expired or deleted.",
    "unauthorized_client": "This client cannot use this grant_type. Members use hubster.portal with password or "
    "refresh_token, API clients use client_credentials.",
    "invalid_scope": "This client cannot request this scope.",
}
_SECRET = ("client_secret", "password", "refresh_token")


@method_decorator(csrf_exempt, name="dispatch")
@method_decorator(sensitive_post_parameters(*_SECRET), name="dispatch")
class TokenView(OAuthLibMixin, View):  # type: ignore[misc]
    """POST /connect/token, RFC 6749; errors as that standard has them."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """A token, or an OAuth error: 401 when credentials came in a Basic header, else 400; 429 for guessing."""
        fault = token_request.fault_of(request.POST)
        if fault:
            return _refused(request, *fault)
        attempt = token_request.try_of(request)
        wait = attempt.wait()
        if wait:
            return _slow_down(wait)
        answer = self._asked(request)
        if "error" in answer:
            return _refused(request, answer["error"], answer.get("error_description", ""))
        attempt.succeeded()
        return _fresh(answer, 200)

    def _asked(self, request: HttpRequest) -> dict[str, Any]:
        try:
            _, _, body, _ = self.create_token_response(request)
        except ValueError:  # the toolkit's word for a query or form that is not URL-encoded
            return {"error": "invalid_request", "error_description": "The query or form is not URL-encoded."}
        answer: dict[str, Any] = json.loads(body)
        return answer


def _fresh(body: dict[str, Any], status: int) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


def _refused(request: HttpRequest, error: str, text: str) -> JsonResponse:
    basic = request.headers.get("Authorization", "").lower().startswith("basic ")
    status = 401 if error == "invalid_client" and basic else 400
    said = text if text == members.OFF else _TEXTS.get(error) or text or error
    response = _fresh({"error": error, "error_description": said}, status)
    if status == 401:
        response["WWW-Authenticate"] = 'Basic realm="hubster"'  # RFC 6749 section 5.2: the scheme the client used
    return response


def _slow_down(wait: int) -> JsonResponse:
    """Too many tries, told in both shapes: OAuth libraries read the one, clients of the other APIs the other."""
    text = f"Too many attempts. Wait {wait} seconds, then try again."
    house = HubsterError(Fault("IDT000100", text=text), status=429).body()
    response = _fresh({"error": "slow_down", "error_description": text, **house}, 429)
    response["Retry-After"] = str(wait)
    return response


@csrf_exempt
@require_safe
def discovery(request: HttpRequest) -> JsonResponse:
    """GET /.well-known/openid-configuration."""
    base = settings.PUBLIC_URL
    return JsonResponse(
        {
            "issuer": base,
            "token_endpoint": f"{base}/connect/token",
            "jwks_uri": f"{base}/.well-known/jwks.json",
            "grant_types_supported": list(token_request.GRANTS),
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": [tokens.PORTAL, tokens.ENGINE],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic", "none"],
        }
    )


@csrf_exempt
@require_safe
def jwks(request: HttpRequest) -> JsonResponse:
    """GET /.well-known/jwks.json."""
    seconds = keys.JWKS_SECONDS
    return JsonResponse(keys.jwks(), headers={"Cache-Control": f"public, max-age={seconds}"})
