"""Settings of the OAuth 2 token endpoint."""

from typing import Any


def provider(token_seconds: int) -> dict[str, Any]:
    """For `OAUTH2_PROVIDER`; access tokens are good for `token_seconds`."""
    return {
        "SCOPES": {"hubster-portal-api": "Configure the tenant", "hubster-engine-api": "Converse"},
        "ACCESS_TOKEN_EXPIRE_SECONDS": token_seconds,
        "OAUTH2_VALIDATOR_CLASS": "portal.identity.validator.SecretsValidator",
        "ACCESS_TOKEN_GENERATOR": "portal.identity.tokens.generate_access_token",
        "REFRESH_TOKEN_GENERATOR": "portal.identity.members.generate_refresh_token",
        # RFC 9700. There are no redirects and no implicit grant; tokens go in headers, are not stored, and a refresh
        # token that was used before ends its session (portal.actions.sessions).
        "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
        "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
        "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
        "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
        "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    }
