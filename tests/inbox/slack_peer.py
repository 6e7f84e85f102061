"""Slack as the tests meet it: a workspace that answers calls, keeps what was posted, and signs what it sends."""

import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client
from slack_sdk.signature import SignatureVerifier

from hubster.lib import clock
from hubster.lib.http import Answer, Outgoing
from tests.adapters.provider_peer import answer

SIGNING, TEAM, APP, BOT = "8f742231b10e8888abcd99yyyzzz85a5", "T1", "A1", "B1"
HOOK = "/inbound/business/v1/slack"
GENERAL, SUPPORT = {"id": "C1", "name": "general", "is_member": True}, {"id": "C2", "name": "support"}


class Workspace:
    """Answers by method; `faults` are codes or answers to give first, one after the other."""

    def __init__(self) -> None:
        self.asked: list[Outgoing] = []
        self.faults: dict[str, list[Any]] = {}
        self.posted: list[dict[str, Any]] = []
        self.tokens = {
            "access_token": "xoxb-1", "bot_user_id": "U0", "app_id": APP, "team": {"id": TEAM, "name": "Shop"},
            "authed_user": {"id": "U9", "access_token": "xoxp-1"},
        }  # fmt: skip
        self.events = 0

    def __call__(self, request: Outgoing, policy: Any = None) -> Answer:
        self.asked.append(request)
        method = urlsplit(request.url).path.removeprefix("/api/")
        if self.faults.get(method):
            fault = self.faults[method].pop(0)
            if isinstance(fault, Exception):
                raise fault
            return fault if isinstance(fault, Answer) else answer({"ok": False, "error": fault})
        found = getattr(self, method.replace(".", "_"), None)
        return found(request) if found else answer({"ok": False, "error": "unknown_method"})

    async def asend(self, request: Outgoing, policy: Any = None) -> Answer:
        return self(request)

    def to(self, method: str) -> list[Outgoing]:
        return [request for request in self.asked if request.url.endswith(method)]

    # --- methods ---------------------------------------------------------------------------------------------
    def oauth_v2_access(self, request: Outgoing) -> Answer:
        return answer({"ok": True, "token_type": "bot", **self.tokens})

    def auth_test(self, request: Outgoing) -> Answer:
        return answer({"ok": True, "user": "hubster", "team_id": TEAM})

    def auth_revoke(self, request: Outgoing) -> Answer:
        return answer({"ok": True, "revoked": True})

    def conversations_list(self, request: Outgoing) -> Answer:
        return answer({"ok": True, "channels": [GENERAL, SUPPORT], "response_metadata": {"next_cursor": ""}})

    def conversations_info(self, request: Outgoing) -> Answer:
        wanted = form_of(request)["channel"]
        found = next((one for one in (GENERAL, SUPPORT) if one["id"] == wanted), None)
        return answer({"ok": bool(found), "channel": found} if found else {"ok": False, "error": "channel_not_found"})

    def conversations_join(self, request: Outgoing) -> Answer:
        return answer({"ok": True, "channel": SUPPORT})

    def users_info(self, request: Outgoing) -> Answer:
        user = form_of(request)["user"]
        profile = {"display_name": f"Name of {user}"}
        return answer({"ok": True, "user": {"id": user, "profile": profile}})

    def chat_postMessage(self, request: Outgoing) -> Answer:  # noqa: N802
        assert request.headers["Authorization"] == f"Bearer {self.tokens['access_token']}"
        body = json.loads(request.body)
        ts = f"1700000000.{len(self.posted) + 1:06}"
        self.posted.append({**body, "ts": ts})
        within = {"thread_ts": body["thread_ts"]} if "thread_ts" in body else {}
        return answer({"ok": True, "channel": body["channel"], "ts": ts, "message": {"ts": ts, **within}})

    # --- what it sends ---------------------------------------------------------------------------------------
    def post(self, body: str, kind: str = "application/json", path: str = HOOK, **headers: str) -> Any:
        """A signed request, signed as Slack's own library does it."""
        at = str(int(clock.now().timestamp()))
        signature = SignatureVerifier(SIGNING).generate_signature(timestamp=at, body=body)
        given = {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature, **headers}
        return Client().post(path, body, content_type=kind, headers=given)

    def event(self, event: dict[str, Any], path: str = HOOK, **more: Any) -> Any:
        self.events += 1
        outer = {"type": "event_callback", "team_id": TEAM, "api_app_id": APP, "event_id": f"Ev{self.events}",
                 "event_time": int(clock.now().timestamp()) + 1, "event": event}  # fmt: skip
        return self.post(json.dumps({**outer, **more}), path=path)

    def press(self, post: dict[str, Any], element: dict[str, Any], user: str = "U1") -> Any:
        """A button of a post is pressed."""
        message = {key: post[key] for key in ("ts", "thread_ts") if key in post}
        action = {**{key: element[key] for key in ("action_id", "value") if key in element}, "type": "button",
                  "block_id": "b", "action_ts": "1700000009.000001"}  # fmt: skip
        payload = {
            "type": "block_actions", "user": {"id": user, "name": "ada"}, "team": {"id": TEAM}, "message": message,
            "channel": {"id": post["channel"]}, "actions": [action],
            "container": {"type": "message", "message_ts": post["ts"], "channel_id": post["channel"]},
        }  # fmt: skip
        return self.post(urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded")


def form_of(request: Outgoing) -> dict[str, str]:
    """The fields of a form."""
    return {key: values[0] for key, values in parse_qs(request.body.decode()).items()}


def typed(post: dict[str, Any], text: str, ts: str, user: str = "U1", **more: Any) -> dict[str, Any]:
    """The event of a person who writes in the thread of a post."""
    root = post.get("thread_ts", post["ts"])
    return {"type": "message", "channel": post["channel"], "channel_type": "channel", "user": user, "text": text,
            "ts": ts, "thread_ts": root, **more}  # fmt: skip
