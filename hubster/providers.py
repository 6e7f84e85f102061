"""Settings of the providers behind the channels: where their APIs are, and what one app of ours shares with them."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

APIS = {
    "HUBSTER_MESSENGER_API": "https://graph.facebook.com",
    "HUBSTER_TWILIO_API": "https://api.twilio.com",
    "HUBSTER_LINE_API": "https://api.line.me",
    "HUBSTER_LINE_DATA_API": "https://api-data.line.me",
    "HUBSTER_TELEGRAM_API": "https://api.telegram.org",
    "HUBSTER_VIBER_API": "https://chatapi.viber.com",
    "HUBSTER_KIK_API": "https://api.kik.com",
    "HUBSTER_SLACK_API": "https://slack.com",
}
META = {"HUBSTER_INSTAGRAM_API": "", "HUBSTER_WHATSAPP_API": ""}  # empty: as the adapter of the channel has it
DIALOGFLOW = {"HUBSTER_DIALOGFLOW_API": ""}  # empty: by the region of the agent
_KEYS = "https://login.microsoftonline.com/common/discovery/v2.0/keys"  # by which Microsoft signs the tokens of bots
SECRETS = (
    "HUBSTER_META_APP_ID",
    "HUBSTER_META_APP_SECRET",
    "HUBSTER_META_VERIFY_TOKEN",
    "HUBSTER_SLACK_CLIENT_ID",
    "HUBSTER_SLACK_CLIENT_SECRET",
    "HUBSTER_SLACK_SIGNING_SECRET",
)


def read(env: Any) -> dict[str, Any]:
    """The settings by name, from environment variables of the same names."""
    origins = {
        name: str(env.str(name, default=default)).rstrip("/")
        for name, default in {**APIS, **META, **DIALOGFLOW}.items()
    }
    return {**origins, **_bots(env), **{name: str(env.str(name, default="")) for name in SECRETS}}


def _bots(env: Any) -> dict[str, Any]:
    """Of bots: seconds that a call may take, by dialect, as in `chatCompletions=60,rasa=30`; whose keys sign tokens."""
    try:
        given = env.dict("HUBSTER_BOT_DEADLINES", default={})
        deadlines = {name: float(seconds) for name, seconds in given.items()}
    except ValueError:
        deadlines = {"": 0.0}
    if any(seconds <= 0 for seconds in deadlines.values()):
        raise ImproperlyConfigured(
            "HUBSTER_BOT_DEADLINES must be seconds by dialect, such as chatCompletions=60,rasa=30."
        )
    return {"HUBSTER_BOT_DEADLINES": deadlines, "HUBSTER_BOT_KEYS": env.str("HUBSTER_BOT_KEYS", default=_KEYS)}
