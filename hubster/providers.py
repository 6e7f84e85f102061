"""Settings of the providers behind the channels: where their APIs are, and what one app of ours shares with them."""

from typing import Any

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
SECRETS = (
    "HUBSTER_META_APP_ID",
    "HUBSTER_META_APP_SECRET",
    "HUBSTER_META_VERIFY_TOKEN",
    "HUBSTER_SLACK_CLIENT_ID",
    "HUBSTER_SLACK_CLIENT_SECRET",
    "HUBSTER_SLACK_SIGNING_SECRET",
)


def read(env: Any) -> dict[str, str]:
    """The settings by name, from environment variables of the same names."""
    origins = {name: str(env.str(name, default=default)).rstrip("/") for name, default in {**APIS, **META}.items()}
    return {**origins, **{name: str(env.str(name, default="")) for name in SECRETS}}
