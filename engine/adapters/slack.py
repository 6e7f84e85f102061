"""Slack: agents answer in a workspace. Each conversation is a thread, built from events; no history is ever read.

The surprise: Slack has no key by which it knows a repeated post. So a post is not made again when its answer was lost,
but the one that begins a thread is: Slack's event about the first one names the thread, and the next try stands in it.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from pydantic import Field

from engine.adapters import _slack_oauth as oauth
from engine.adapters._base import Envelope, Rendered, Settings
from engine.adapters._blocks import blocks_of, choices_of
from engine.adapters._business import BusinessProvider
from engine.adapters._connecting import Ask, Connected, Refused
from engine.adapters._inbound import Author, Incoming, Reply, Thing, Unverified
from engine.adapters._outcomes import SendError, Sent
from engine.adapters._shapes import Opaque
from engine.adapters._slack_errors import body_of, code_of, error_of
from engine.adapters._slack_in import message_key, payload_of, team_of, things_of
from engine.adapters._slack_out import Body, Writer, begins, event_bodies, opening, texts, voice
from hubster.lib.http import Answer, Outgoing

WINDOW = 300  # seconds that a signed request is good
_FILES = "files.slack.com"


class Config(Settings):
    """The values that Slack's page “Add to Slack” hands to the return address; the code works once, for ten minutes."""

    code: Opaque = Field(description="The code that Slack handed out.")
    nonce: Opaque = Field(description="The state that it was asked for with.")


class Kept(Settings):
    """A workspace's tokens, and where threads begin."""

    bot_access_token: str = Field(title=gettext_noop("Bot access token"))
    app_access_token: str | None = Field(default=None, title=gettext_noop("User access token"))
    refresh_token: str | None = Field(default=None, title=gettext_noop("Refresh token"))
    default_public_channel: str = Field(title=gettext_noop("Channel of new threads"))
    channel_id: str | None = Field(default=None, title=gettext_noop("Channel ID"))
    team_id: str = Field(title=gettext_noop("Workspace ID"))
    team_name: str | None = Field(default=None, title=gettext_noop("Workspace"))
    bot_name: str | None = Field(default=None, title=gettext_noop("Name of the app"))
    bot_user_id: str | None = Field(default=None, title=gettext_noop("User ID of the app"))
    app_id: str | None = Field(default=None, title=gettext_noop("App ID"))


class Slack(BusinessProvider):
    """Agents in a Slack workspace. What is kept are the tokens that the code was exchanged for."""

    name = "Slack"
    sentence = gettext_lazy("Your agents reply from a Slack workspace.")
    icon = "tag"
    guide = "slack"
    number = 1001
    config = Config
    kept = Kept
    secret_keys = ("botAccessToken", "appAccessToken", "refreshToken")
    api_setting = "HUBSTER_SLACK_API"

    # --- set-up ----------------------------------------------------------------------------------------------
    def authorize_url(self, nonce: str, redirect_uri: str) -> str:
        return oauth.authorize_url(self.api, nonce, redirect_uri)

    def connect(self, config: dict[str, Any], hook: str, ask: Ask, check: Callable[[str], None]) -> Connected:
        """Tokens for the code, then the app's name, and the channel of new threads, if it can be had."""
        back = config.get("redirectUri")
        form = {"code": str(config["code"]), **({"redirect_uri": str(back)} if back else {})}
        found = oauth.tokens(self.api, ask, form)
        made = oauth.configuration_of(found)
        check(str(made["teamId"]))
        code, me = oauth.Workspace(self.api, made, ask).call("auth.test")
        if not code and me.get("user"):
            made["botName"] = str(me["user"])
        with suppress(Refused):  # a workspace may have no such channel; its page says how to choose another
            made = self.choose_place(made, oauth.PLACE, ask)
        return oauth.connected(made, found)

    def renew(self, config: dict[str, Any], ask: Ask) -> Connected:
        """https://docs.slack.dev/authentication/using-token-rotation"""
        form = {"grant_type": "refresh_token", "refresh_token": str(config["refreshToken"])}
        found = oauth.tokens(self.api, ask, form)
        tokens = {"botAccessToken": found["access_token"], "refreshToken": found["refresh_token"]}
        return oauth.connected({**config, **tokens}, found)

    def choose_place(self, config: dict[str, Any], wanted: str, ask: Ask) -> dict[str, Any]:
        found = oauth.Workspace(self.api, config, ask).channel(wanted)
        return {**config, "defaultPublicChannel": str(found.get("name") or found["id"]), "channelId": found["id"]}

    def author(self, config: dict[str, Any], author_id: str, ask: Ask) -> Author:
        """https://docs.slack.dev/reference/methods/users.info"""
        code, found = oauth.Workspace(self.api, config, ask).call("users.info", user=author_id)
        if code:
            raise Refused("user", code)
        user = found["user"]
        profile = user.get("profile") or {}
        name = profile.get("display_name") or profile.get("real_name") or user.get("real_name") or user.get("name")
        return Author(author_id, str(name or ""))

    def disconnect(self, config: dict[str, Any], ask: Ask) -> None:
        """Both tokens are revoked. https://docs.slack.dev/reference/methods/auth.revoke"""
        for key in ("botAccessToken", "appAccessToken"):
            if config.get(key):
                ask(oauth.request(self.api, {"botAccessToken": config[key]}, "auth.revoke", {}, as_form=True))

    # --- in --------------------------------------------------------------------------------------------------
    def verify(self, config: dict[str, Any], request: Incoming) -> None:
        """https://docs.slack.dev/authentication/verifying-requests-from-slack"""
        secret = oauth.setting("HUBSTER_SLACK_SIGNING_SECRET")
        if not secret:
            raise Unverified("no signing secret is known; set HUBSTER_SLACK_SIGNING_SECRET")
        sent = request.headers.get("x-slack-request-timestamp", "")
        if not (sent.isascii() and sent.isdecimal()) or abs(request.at - int(sent)) > WINDOW:
            raise Unverified("the timestamp is missing, or too far from now")
        mac = hmac.new(secret.encode(), f"v0:{sent}:".encode() + request.body, "sha256").hexdigest()
        if not hmac.compare_digest(request.headers.get("x-slack-signature", "").encode(), f"v0={mac}".encode()):
            raise Unverified("X-Slack-Signature does not fit the body")

    def route(self, request: Incoming) -> Mapping[str, bytes]:
        """A request is of one workspace; the test of the address is of none."""
        team = team_of(payload_of(request.body))
        return {team: request.body} if team else {}

    def answer(self, request: Incoming) -> Reply:
        """The test of the address wants its challenge back."""
        try:
            payload = payload_of(request.body)
        except (ValueError, KeyError, RecursionError):
            return Reply()
        return Reply(str(payload.get("challenge", "")) if payload.get("type") == "url_verification" else "")

    def parse(self, config: dict[str, Any], body: bytes) -> list[Thing]:
        return list(things_of(config, payload_of(body)))

    def fetch(self, config: dict[str, Any], ref: Mapping[str, Any], answers: Sequence[Answer]) -> Outgoing | None:
        """Files are Slack's own, behind the token; without it there is a page on which one signs in."""
        if not answers:
            url = urlsplit(str(ref["url"]))
            if url.netloc not in (_FILES, urlsplit(self.api).netloc):
                raise SendError("ENG007511", _("The file is not kept by Slack."), retryable=False)
            return Outgoing("GET", url.geturl(), {"Authorization": f"Bearer {config['botAccessToken']}"})
        last = answers[-1]
        if last.status == 200 and "text/html" not in last.headers.get("content-type", ""):
            return None
        text = _("Slack did not hand the file out (HTTP %(status)d). The app may lack the scope files:read.")
        again = last.status == 429 or last.status >= 500
        raise SendError("ENG007511", text % {"status": last.status}, retryable=again)

    # --- out -------------------------------------------------------------------------------------------------
    def render(self, config: dict[str, Any], envelope: Envelope) -> Rendered:
        """Posts in the thread of the conversation, or the one that begins it."""
        activity = envelope.activity
        if envelope.thread is None:
            if not begins(activity):
                return Rendered()
            place = config.get("channelId") or config["defaultPublicChannel"]
            return Rendered((self._post(config, {"channel": place, **opening(envelope)}),), opens=True)
        if event := activity.get("event"):
            bodies = event_bodies(event)
            notes = () if bodies else (_("Slack shows no events of this kind."),)
            return Rendered(self._posts(config, envelope, bodies), notes)
        message = activity["message"]
        if message["type"] == "command":
            return Rendered(self._posts(config, envelope, texts(message["text"])))
        blocks, writer = blocks_of(message, self.name), Writer(envelope.delivery_id)
        posts = self._posts(config, envelope, writer.write(blocks))
        return Rendered(posts, tuple(writer.notes), choices_of(blocks))

    def _posts(self, config: dict[str, Any], envelope: Envelope, bodies: Sequence[Body]) -> tuple[Outgoing, ...]:
        assert envelope.thread
        place, key = envelope.thread
        within = {"channel": place, "thread_ts": key, **voice(envelope)}
        return tuple(self._post(config, {**within, **body}, repeatable=False) for body in bodies)

    def _post(self, config: dict[str, Any], params: Body, repeatable: bool = True) -> Outgoing:
        return oauth.request(self.api, config, "chat.postMessage", params, repeatable=repeatable)

    def outcome(self, answer: Answer) -> Sent:
        """The message's name, and the thread in which it stands."""
        if code_of(answer):
            raise error_of(answer)
        found = body_of(answer)
        place, ts = str(found["channel"]), str(found["ts"])
        root = str((found.get("message") or {}).get("thread_ts") or ts)
        return Sent((message_key(place, ts),), thread=(place, root))


ADAPTER = Slack()
