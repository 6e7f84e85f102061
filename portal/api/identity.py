"""Identity in the OpenAPI document: how to authenticate, and its calls, whose views are none of the API's."""

from typing import Any

from hubster.lib.openapi.operation import Security
from hubster.lib.openapi.refusals import header_refs, refusal_ref
from portal.identity.tokens import ENGINE as ENGINE_SCOPE
from portal.identity.tokens import PORTAL as PORTAL_SCOPE

PORTAL: Security = ({"portalToken": []}, {"portalClient": [PORTAL_SCOPE]})
_TOKEN_URL = "/connect/token"


def _bearer(text: str) -> dict[str, Any]:
    return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": text}


def _client(scope: str, text: str) -> dict[str, Any]:
    flow = {"tokenUrl": _TOKEN_URL, "scopes": {scope: text}}
    return {"type": "oauth2", "description": f"A client logs in: {text}", "flows": {"clientCredentials": flow}}


SECURITY_SCHEMES = {
    "portalToken": _bearer("An access token of the client `hubster.portal.api.…`."),
    "portalClient": _client(PORTAL_SCOPE, "configure the tenant."),
    "engineToken": _bearer("An access token of the client `hubster.engine.api.…`."),
    "engineClient": _client(ENGINE_SCOPE, "converse."),
    "webChatToken": _bearer("A token of the widget. `Authorization: WebBearer …` works too."),
}

_SCHEMAS: dict[str, Any] = {
    "TokenRequest": {
        "type": "object",
        "description": "What a grant needs: `client_credentials` a client and its secret; `password` a person's name "
        "and password, `refresh_token` the refresh token of an earlier answer, both with `client_id=hubster.portal`.",
        "required": ["grant_type"],
        "properties": {
            "grant_type": {"type": "string", "enum": ["client_credentials", "password", "refresh_token"]},
            "client_id": {"type": "string"},
            "client_secret": {"type": "string", "description": "Not needed with a Basic header."},
            "username": {"type": "string"},
            "password": {"type": "string"},
            "refresh_token": {"type": "string"},
            "scope": {"type": "string"},
        },
    },
    "AccessToken": {
        "type": "object",
        "description": "A token. Send it as `Authorization: Bearer …`.",
        "required": ["access_token", "expires_in", "token_type", "scope"],
        "properties": {
            "access_token": {"type": "string"},
            "expires_in": {"type": "integer", "description": "Seconds."},
            "token_type": {"type": "string", "const": "Bearer"},
            "scope": {"type": "string"},
            "refresh_token": {"type": "string", "description": "Only for members, from the password grant."},
        },
    },
    "OAuthError": {
        "type": "object",
        "description": "An error of RFC 6749, section 5.2.",
        "required": ["error", "error_description"],
        "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
    },
    "SlowDown": {
        "type": "object",
        "description": "Too many tries, told in both shapes: that of OAuth 2 and that of the other calls.",
        "required": ["error", "error_description", "status", "errors"],
        "properties": {
            "error": {"type": "string", "const": "slow_down"},
            "error_description": {"type": "string"},
            "status": {"type": "integer", "const": 429},
            "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}},
        },
    },
    "Discovery": {
        "type": "object",
        "description": "Where things are, as OpenID Connect Discovery has it.",
        "required": ["issuer", "token_endpoint", "jwks_uri", "grant_types_supported", "scopes_supported"],
        "properties": {
            **{name: {"type": "string"} for name in ("issuer", "token_endpoint", "jwks_uri")},
            **{
                name: {"type": "array", "items": {"type": "string"}}
                for name in (
                    "grant_types_supported",
                    "response_types_supported",
                    "subject_types_supported",
                    "id_token_signing_alg_values_supported",
                    "scopes_supported",
                    "token_endpoint_auth_methods_supported",
                )
            },
        },
    },
    "KeySet": {
        "type": "object",
        "description": "The public keys that verify access tokens (RFC 7517).",
        "required": ["keys"],
        "properties": {"keys": {"type": "array", "items": {"type": "object", "additionalProperties": True}}},
    },
}


def json_of(name: str, text: str, *headers: str) -> dict[str, Any]:
    """An answer with a body of a named schema."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    return {"description": text, "content": content, **({"headers": header_refs(*headers)} if headers else {})}


def _operation(name: str, summary: str, responses: dict[str, Any], **more: Any) -> dict[str, Any]:
    ours = {"500": refusal_ref(500), "503": refusal_ref(503)}
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["Authentication"],
        "security": [],
        **more,
        "responses": {**responses, **ours},
    }


def _form() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/TokenRequest"}
    return {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}


def _token() -> dict[str, Any]:
    answers = {
        "200": json_of("AccessToken", "A token."),
        "400": json_of("OAuthError", "Invalid request, or wrong credentials in the body."),
        "401": json_of("OAuthError", "Credentials in a Basic header were wrong.", "WWW-Authenticate"),
        "413": refusal_ref(413),
        "429": json_of("SlowDown", "Too many attempts; wait.", "Retry-After"),
    }
    return _operation("createToken", "Get an access token", answers, requestBody=_form())


def add_identity(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A hook: the calls of Identity, and how all other calls are authenticated."""
    result["components"]["securitySchemes"] = SECURITY_SCHEMES
    result["components"]["schemas"].update(_SCHEMAS)
    discovery = {"200": json_of("Discovery", "The addresses.")}
    keys = {"200": json_of("KeySet", "The keys.")}
    result["paths"] = {
        "/connect/token": {"post": _token()},
        "/.well-known/openid-configuration": {
            "get": _operation("getDiscovery", "Get the OpenID configuration", discovery)
        },
        "/.well-known/jwks.json": {"get": _operation("getKeys", "Get the public keys that verify tokens", keys)},
        **result["paths"],
    }
    return result
