"""Everything that Meta's channels share: handshake and signatures of the webhook, calls of the Graph API, routing.

One app of ours, with its secrets in the settings, serves all integrations; an integration of another app has that app's
secret in its own configuration. See developers.facebook.com/docs/graph-api/webhooks and /securing-requests.
"""

import hmac
import json
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext as _
from pydantic import Field

from engine.adapters._base import Provider
from engine.adapters._connecting import Ask, Refused
from engine.adapters._errors import body_of
from engine.adapters._inbound import Incoming, Reply, Unverified
from engine.adapters._meta_errors import TABLE, GraphError, error_of, send_error
from engine.adapters._outcomes import Sent, Table
from engine.adapters._shapes import OF_SERVER, Opaque
from engine.adapters._start import StartMessages
from hubster.lib.http import Answer, Outgoing, ProtocolFailure

_SIGNATURE = "sha256="


class MetaConfig(StartMessages):
    """Configurations of Meta's channels; each has an access token besides."""

    app_secret: Opaque | None = Field(
        default=None,
        title="App secret",
        description="Only for an app of your own. Found at developers.facebook.com: your app, App settings, Basic.",
    )


class PageConfig(MetaConfig):
    """Configurations of Facebook pages and what is linked to them."""

    app_id: str | None = Field(**OF_SERVER)
    page_id: str | None = Field(**OF_SERVER)


class Meta(Provider):
    """A channel of Meta's. The configuration has the access token as `token_key`, and maybe an `appSecret`."""

    api_setting = "HUBSTER_MESSENGER_API"
    guide = "meta"
    api_version = "26.0"
    api_ends: ClassVar[date | None] = None  # out since 2026-07-29; Meta has not said until when it answers
    shared_webhook = True
    token_key: ClassVar[str]
    errors: ClassVar[Table] = TABLE

    def origin(self, config: dict[str, Any]) -> str:
        """The origin of the Graph API for this integration's token."""
        return self.api

    def by_hand(self, config: dict[str, Any]) -> str:
        """Of an app of the business's own."""
        if not config.get("appSecret"):
            return ""
        text = _("At developers.facebook.com, open your app. Under Webhooks of %(channel)s, enter this callback URL "
                 "and the verify token that your operator gives you.")  # fmt: skip
        return text % {"channel": self.name}

    def news(self, config: dict[str, Any], name: str, hook: str) -> str:
        """The news, with what is left to do for our app. One of the business's own has a hook for each integration."""
        news = _("Connected to “%(name)s”.") % {"name": name}
        if config.get("appSecret"):
            return news
        left = _("In the app's dashboard, the callback URL of %(channel)s has to be %(hook)s; set it once.")
        return f"{news} {left % {'channel': self.name, 'hook': hook}}"

    def challenge(self, config: dict[str, Any], request: Incoming) -> Reply | None:
        """The handshake of a new webhook: the challenge goes back to who knows the verify token."""
        if request.method != "GET":
            return None
        wanted, given = setting("HUBSTER_META_VERIFY_TOKEN"), request.query.get("hub.verify_token", "")
        known = bool(wanted) and hmac.compare_digest(wanted.encode(), given.encode())
        if not known or request.query.get("hub.mode") != "subscribe":
            return Reply(status=403)
        return Reply(request.query.get("hub.challenge", ""))

    def verify(self, config: dict[str, Any], request: Incoming) -> None:
        """Check `X-Hub-Signature-256` over the body as it came."""
        secret, given = app_secret(config), request.headers.get("x-hub-signature-256", "")
        if not secret:
            raise Unverified("no app secret is known; set HUBSTER_META_APP_SECRET")
        wanted = _SIGNATURE + _hex(secret, request.body)
        if not hmac.compare_digest(wanted.encode(), given.lower().encode()):
            raise Unverified("X-Hub-Signature-256 does not fit the body")

    def route(self, request: Incoming) -> Mapping[str, bytes]:
        """The entries of each account, as bodies of their own."""
        whole = json.loads(request.body)
        entries: dict[str, list[Any]] = {}
        for entry in whole["entry"]:
            entries.setdefault(str(entry["id"]), []).append(entry)
        return {account: json.dumps({**whole, "entry": mine}).encode() for account, mine in entries.items()}

    def graph(self, config: dict[str, Any], method: str, path: str, body: Any = None, **query: str) -> Outgoing:
        """A call of the Graph API, with the proof that we know the app's secret where it is wanted."""
        token = str(config[self.token_key])
        if proof := self.proof(config):
            query["appsecret_proof"] = proof
        url = f"{self.origin(config)}/v{self.api_version}/{path}"
        headers = {"Authorization": f"Bearer {token}"}
        content = b""
        if body is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
            content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        return Outgoing(method, f"{url}?{urlencode(query)}" if query else url, headers, content)

    def proof(self, config: dict[str, Any]) -> str:
        """`appsecret_proof` for the integration's token; empty when no secret is known, or none is wanted."""
        secret = "" if self.is_of_login(config) else app_secret(config)
        return appsecret_proof(secret, str(config[self.token_key])) if secret else ""

    def secrets(self, config: dict[str, Any]) -> list[str]:
        """With the proof, which goes with the token."""
        return [*super().secrets(config), *filter(None, (self.proof(config),))]

    def is_of_login(self, config: dict[str, Any]) -> bool:
        """True for a token of Instagram's own login, which takes no proof."""
        return False

    def asked(self, ask: Ask, config: dict[str, Any], method: str, path: str, **query: str) -> dict[str, Any]:
        """The answer to a call while somebody waits. Raises `Refused`, or NetworkError where it has no answer now."""
        answer = ask(self.graph(config, method, path, **query))
        error = error_of(answer, self.errors)
        if error is None:
            return body_of(answer)
        if error.is_passing:
            raise ProtocolFailure(_("Meta could not answer (%(code)s). Try again in a few minutes.") % {"code": error})
        raise self.refusal(config, error)

    def refusal(self, config: dict[str, Any], error: GraphError) -> Refused:
        """The property at fault and its remedy, by the error that Meta gave."""
        if error.is_of_proof:
            key = "appSecret" if config.get("appSecret") else self.token_key
            text = _("Meta says that the app secret and the token are of different apps. Give the secret of the "
                     "token's app as appSecret.")  # fmt: skip
            return Refused(key, text)
        if error.is_of_token:
            text = _("Meta refused the access token (%(code)s). Create a new one in the app's dashboard at "
                     "developers.facebook.com, and give it here.")  # fmt: skip
        else:
            text = _("Meta refused the access token's permissions (%(code)s). Create a token that may read and write "
                     "messages and manage webhooks, and give it here.")  # fmt: skip
        return Refused(self.token_key, text % {"code": error})

    def outcome(self, answer: Answer) -> Sent:
        """The message's id; actions such as typing have none."""
        if error := error_of(answer, self.errors):
            raise send_error(error, answer, self.name)
        message_id = body_of(answer).get("message_id")
        return Sent((str(message_id),) if message_id else ())


def setting(name: str) -> str:
    """A setting of `hubster/providers.py`; empty when it is not given."""
    return str(getattr(settings, name))


def app_secret(config: Mapping[str, Any]) -> str:
    """The secret of the integration's app; of ours unless it has one of its own. Empty when none is known."""
    return str(config.get("appSecret") or setting("HUBSTER_META_APP_SECRET"))


def appsecret_proof(secret: str, token: str) -> str:
    """The HMAC-SHA256 of a token under the app's secret, in hex."""
    return _hex(secret, token.encode())


def _hex(secret: str, content: bytes) -> str:
    return hmac.new(secret.encode(), content, "sha256").hexdigest()
