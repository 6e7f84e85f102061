"""Connecting a workspace: tokens for a code, new ones for old, and the channel in which threads begin."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext as _

from engine.adapters._connecting import Ask, Connected, Refused
from engine.adapters._slack_errors import body_of, code_of, is_passing
from hubster.lib.http import Outgoing, ProtocolFailure

SCOPES = (
    "chat:write", "chat:write.customize", "channels:read", "channels:join", "channels:history", "groups:read",
    "groups:history", "users:read", "files:read",
)  # fmt: skip
PLACE = "general"  # where threads begin until somebody chooses another channel
_PAGES, _PAGE = 20, 500  # of a list of channels
_OPERATOR = {"bad_client_secret", "invalid_client_id", "bad_redirect_uri"}
FORM = "application/x-www-form-urlencoded"
Config = Mapping[str, Any]


def setting(name: str) -> str:
    """A setting of `hubster/providers.py`; empty when it is not given."""
    return str(getattr(settings, name))


def authorize_url(api: str, nonce: str, redirect_uri: str) -> str:
    """https://docs.slack.dev/authentication/installing-with-oauth"""
    query = {"client_id": _client()[0], "scope": ",".join(SCOPES), "redirect_uri": redirect_uri, "state": nonce}
    return f"{api}/oauth/v2/authorize?{urlencode(query)}"


def _client() -> tuple[str, str]:
    client_id, secret = setting("HUBSTER_SLACK_CLIENT_ID"), setting("HUBSTER_SLACK_CLIENT_SECRET")
    if not client_id or not secret:
        text = _("can't be used: this installation has no Slack app yet. Ask its operator to set "
                 "HUBSTER_SLACK_CLIENT_ID and HUBSTER_SLACK_CLIENT_SECRET.")  # fmt: skip
        raise Refused("code", text)
    return client_id, secret


def tokens(api: str, ask: Ask, form: Mapping[str, str]) -> dict[str, Any]:
    """The answer to an exchange. Raises `Refused`, and `ProtocolFailure` when Slack itself is at fault."""
    client = base64.b64encode(":".join(_client()).encode()).decode()
    headers = {"Authorization": f"Basic {client}", "Content-Type": FORM}
    answer = ask(Outgoing("POST", f"{api}/api/oauth.v2.access", headers, urlencode(form).encode(), repeatable=False))
    code = code_of(answer)
    if is_passing(code):
        raise ProtocolFailure(_("Slack could not answer (%(code)s).") % {"code": code})
    if code in _OPERATOR:
        text = _("can't be used: Slack does not accept this installation's own details (%(code)s). Ask its operator to "
                 "check the Slack app's client ID, client secret and redirect URL.")  # fmt: skip
        raise Refused("code", text % {"code": code})
    if code:
        text = _("is not accepted by Slack (%(code)s). A code works once, for ten minutes: begin again with “Add to "
                 "Slack”.")  # fmt: skip
        raise Refused("code", text % {"code": code})
    return body_of(answer)


def configuration_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """The stored configuration of a new workspace."""
    team = found.get("team") or {}
    if not team.get("id"):
        text = _("is of a whole organization. Add the app to one of its workspaces.")
        raise Refused("code", text)
    user = (found.get("authed_user") or {}).get("access_token")
    kept = {
        "botAccessToken": found["access_token"], "appAccessToken": user, "defaultPublicChannel": PLACE,
        "channelId": None, "teamId": team["id"], "teamName": team.get("name"), "botUserId": found.get("bot_user_id"),
        "appId": found.get("app_id"), "refreshToken": found.get("refresh_token"),
    }  # fmt: skip
    return {key: value for key, value in kept.items() if value}


class Workspace:
    """Calls of Slack's methods while somebody waits."""

    def __init__(self, api: str, config: Config, ask: Ask) -> None:
        self.api, self.config, self.ask = api, config, ask

    def call(self, method: str, **params: object) -> tuple[str, dict[str, Any]]:
        """(Slack's code for a fault, empty for none; the answer). Raises `ProtocolFailure` when Slack is at fault."""
        answer = self.ask(request(self.api, self.config, method, params, as_form=True))
        code = code_of(answer)
        if is_passing(code):
            raise ProtocolFailure(_("Slack could not answer (%(code)s).") % {"code": code})
        return code, body_of(answer)

    def channel(self, wanted: str) -> dict[str, Any]:
        """A channel by its id or its name, joined where that can be done; raises `Refused`."""
        found = self._by_id(wanted) if wanted[:1] in "CG" and wanted.isupper() else self._by_name(wanted)
        if found is None or found.get("is_archived"):
            text = _("names no channel that the app can see. Write the name of a public channel, or invite the app to "
                     "a private one with /invite first.")  # fmt: skip
            raise Refused("channel", text)
        if not found.get("is_private") and not found.get("is_member"):
            code, _answer = self.call("conversations.join", channel=found["id"])
            if code:
                text = _("can't be joined (%(code)s). Invite the app there with /invite, then try again.")
                raise Refused("channel", text % {"code": code})
        return found

    def _by_id(self, wanted: str) -> dict[str, Any] | None:
        code, found = self.call("conversations.info", channel=wanted)
        return None if code else found.get("channel")

    def _by_name(self, wanted: str) -> dict[str, Any] | None:
        name, cursor = wanted.lstrip("#").lower(), ""
        for _page in range(_PAGES):
            kinds, more = "public_channel,private_channel", {"cursor": cursor} if cursor else {}
            code, found = self.call("conversations.list", types=kinds, exclude_archived="true", limit=_PAGE, **more)
            if code:
                raise Refused("channel", _("can't be looked up (%(code)s).") % {"code": code})
            for channel in found.get("channels") or []:
                if str(channel.get("name", "")).lower() == name:
                    return dict(channel)
            cursor = str((found.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        return None


def request(
    api: str, config: Config, method: str, params: Mapping[str, object], as_form: bool = False, repeatable: bool = True
) -> Outgoing:
    """A call of a method. Those that read take forms only."""
    body, kind = json.dumps(params, ensure_ascii=False).encode("utf-8", "replace"), "application/json; charset=utf-8"
    if as_form:
        body, kind = urlencode({key: str(value) for key, value in params.items()}).encode(), FORM
    headers = {"Authorization": f"Bearer {config['botAccessToken']}", "Content-Type": kind}
    return Outgoing("POST", f"{api}/api/{method}", headers, body, repeatable)


def connected(config: dict[str, Any], found: Mapping[str, Any]) -> Connected:
    """The end of connecting: `found` is the answer that had the tokens."""
    said = _("Connected to the Slack workspace “%(name)s”.") % {"name": config.get("teamName") or config["teamId"]}
    lasts = found.get("expires_in")
    return Connected(str(config["teamId"]), config, said, int(lasts) if lasts else None)
