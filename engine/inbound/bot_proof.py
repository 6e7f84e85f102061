"""Proof that a call of a bot comes from that bot: its secret, a token of Microsoft for its app, or the id of a message.

A bot with neither secret nor app is known by the id of a message that we sent to it, which nobody else has seen. So it
can reply, and not speak first.
"""

import hmac
import logging
import threading
import uuid
from typing import Any

import jwt
from django.conf import settings

from engine.models import Delivery
from hubster.lib import clock
from hubster.lib.errors import Fault, HubsterError
from hubster.lib.http import NetworkError, Outgoing, send
from hubster.lib.parsing import UnreadableBody, parse_strictly
from hubster.lib.pool import release_connection
from portal.actions.providers import network_policy
from portal.models import Integration

log = logging.getLogger("engine.inbound")
AUDIENCE = "https://api.botframework.com"
ISSUERS = ("https://api.botframework.com", "https://sts.windows.net/", "https://login.microsoftonline.com/")
LASTS = 24 * 3_600_000  # milliseconds that Microsoft's keys are believed
PAUSE = 60_000  # milliseconds between two looks for a key that is unknown
AGAIN = 5_000  # after one that failed
_SIZE = 524_288
_KEYS = "HUBSTER_BOT_KEYS"
_lock = threading.Lock()
_known: dict[str, Any] = {}
_looked: list[int] = []  # ticks of the last look


def check(integration: Integration, header: str, asked: Delivery | None) -> None:
    """Raises 401 unless the call is the bot's. `asked` is the message of ours that it replies to, if it names one."""
    config = integration.configuration
    scheme, _blank, token = header.partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else ""
    secret, app = str(config.get("secret") or ""), str(config.get("appId") or "")
    if not secret and not app:
        if asked is None:
            raise _refused(
                "A bot without a secret or an app ID can only reply to messages that it was sent, by their ids."
            )
        return
    if secret and hmac.compare_digest(token.encode(), secret.encode()):
        return
    if app and token and _is_of_app(token, app):
        return
    raise _refused("Send the bot's secret, or a token of Microsoft for its app, as 'Authorization: Bearer …'.")


def asked_by(integration: Integration, conversation_id: uuid.UUID, given: uuid.UUID | None) -> Delivery | None:
    """The delivery to the bot whose id the bot names; None without one, and for what is another's."""
    if given is None:
        return None
    rows = Delivery.objects.filter(pk=given, destination=integration.pk, conversation=conversation_id)
    return rows.first()


def _is_of_app(token: str, app: str) -> bool:
    """True for a token that Microsoft issued to the app, for the service that we stand for."""
    try:
        key = _key(str(jwt.get_unverified_header(token).get("kid")))
        if key is None:
            return False
        leeway = settings.HUBSTER_CLOCK_LEEWAY
        claims = jwt.decode(
            token, key, algorithms=["RS256"], audience=AUDIENCE, leeway=leeway, options={"require": ["exp", "iss"]}
        )
    except (jwt.PyJWTError, ValueError):
        return False
    issuer = str(claims["iss"])
    return str(claims.get("appid") or claims.get("azp")) == app and issuer.startswith(ISSUERS)


def _key(name: str) -> Any:
    """The public key of a name; the keys are fetched where it is unknown or they are old."""
    with _lock:
        now = clock.ticks()
        age = now - _looked[0] if _looked else LASTS
        if age >= LASTS or (name not in _known and age >= PAUSE):
            try:
                _do_look(now)
            except HubsterError:
                if name not in _known:
                    raise
        return _known.get(name)


def _do_look(now: int) -> None:
    release_connection()  # it serves others meanwhile
    _looked[:] = [now - PAUSE + AGAIN]  # until it succeeds
    try:
        answer = send(Outgoing("GET", getattr(settings, _KEYS)), network_policy(max_body=_SIZE))
        rows = parse_strictly(answer.body)["keys"]
        found = {str(row["kid"]): jwt.PyJWK(row).key for row in rows if row.get("kty") == "RSA"}
    except (NetworkError, UnreadableBody, jwt.PyJWTError, KeyError, TypeError, AttributeError) as fault:
        log.warning("Microsoft's keys cannot be fetched", extra={"fault": type(fault).__name__})
        text = "Microsoft's keys cannot be fetched, so the token was not checked. Try again later."
        raise HubsterError(Fault("ENG000100", text=text), status=503, retry_after=30) from None
    _known.clear()
    _known.update(found)
    _looked[:] = [now]


def _refused(text: str) -> HubsterError:
    return HubsterError(Fault("ENG000102", text=text), status=401)
