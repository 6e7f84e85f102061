"""Slack's errors, as the closed list of reasons why a message did not arrive.

Source: docs.slack.dev/reference/methods/chat.postMessage and docs.slack.dev/apis/web-api/rate-limits.
"""

import json
from typing import Any

from django.utils.translation import gettext_lazy as _

from engine.adapters import _errors
from engine.adapters._outcomes import Rule, SendError, Table
from hubster.lib.http import Answer

_MESSAGE = Rule(_("Slack refused the message (%(code)s). Change it, and send it again."))
_TOKEN = Rule(
    _("Slack no longer accepts Hubster's access to the workspace (%(code)s): the app was removed, or its access was "
      "revoked. Open the integration, and choose “Reconnect”."),
    scope="account", pauses=True,
)  # fmt: skip
_SCOPE = Rule(
    _("The Slack app lacks a permission (%(code)s). Add the missing scopes to the app, then open the integration and "
      "choose “Reconnect”."),
    scope="account", pauses=True,
)  # fmt: skip
_PLACE = Rule(
    _("Hubster can't write to the Slack channel (%(code)s). Invite the app there with /invite, or choose another "
      "channel on the integration's page. It is tried again, in a new thread."),
    retryable=True, scope="account", stops=True,
)  # fmt: skip
_THREAD = Rule(
    _("The thread of this conversation is gone (%(code)s). A new one is begun; there is nothing to do."),
    retryable=True, scope="recipient", stops=True,
)  # fmt: skip
_RATE = Rule(
    _("Slack asks for fewer messages (%(code)s). The message is sent later; there is nothing to do."),
    retryable=True, scope="account",
)  # fmt: skip
_AWAY = Rule(
    _("Slack has a fault of its own (%(code)s). The message is tried again; there is nothing to do."),
    retryable=True, scope="endpoint",
)  # fmt: skip
_EXPIRED = Rule(
    _("The token for Slack has expired (%(code)s). It is renewed, and the message is tried again."),
    retryable=True, scope="account",
)  # fmt: skip
_RULES = (
    (_TOKEN, "invalid_auth", "not_authed", "token_revoked", "account_inactive", "team_access_not_granted",
     "org_login_required", "access_denied", "invalid_refresh_token", "app_not_installed"),
    (_SCOPE, "missing_scope", "no_permission", "not_allowed_token_type", "restricted_action"),
    (_PLACE, "channel_not_found", "is_archived", "not_in_channel", "restricted_action_read_only_channel",
     "restricted_action_non_threadable_channel", "restricted_action_thread_only_channel"),
    (_THREAD, "thread_not_found", "restricted_action_thread_locked", "cannot_reply_to_message"),
    (_RATE, "ratelimited", "rate_limited", "message_limit_exceeded"),
    (_AWAY, "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org",
     "ekm_access_denied"),
    (_EXPIRED, "token_expired"),
)  # fmt: skip
TABLE: Table = {code: rule for rule, *codes in _RULES for code in codes}


def body_of(answer: Answer) -> dict[str, Any]:
    """The JSON object of an answer; empty when it has none."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def code_of(answer: Answer) -> str:
    """Slack's code for an answer that is none of success; empty for a good one."""
    found = body_of(answer)
    if answer.status == 429:
        return "ratelimited"
    if answer.status == 200 and found.get("ok"):
        return ""
    if answer.status >= 500:
        return "service_unavailable"
    return str(found.get("error") or f"HTTP {answer.status}")[:100]


def is_passing(code: str) -> bool:
    """True for a fault that another try may not meet."""
    return TABLE.get(code, _MESSAGE) in (_RATE, _AWAY)


def error_of(answer: Answer) -> SendError:
    """The error for an answer that is none of success."""
    code = code_of(answer)
    found = _errors.from_table(TABLE, code, _MESSAGE, code=code)
    found.retry_after = _errors.retry_after(answer)
    return found
