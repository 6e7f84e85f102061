"""A configuration of each provider's channel, as connecting leaves it: a channel without a row fails `test_drawn`."""

from typing import Any

ENVELOPE = {"address": "15550001", "vcards": "https://chat.example/vcards/d/s"}
CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "Messenger": {"pageAccessToken": "page-token-1", "pageId": "1", "appId": "5"},
    "TwilioSMS": {
        "authToken": "auth-token-1", "accountSid": "AC1", "numberSid": "PN1", "phoneNumber": "+16476960000",
        "capabilities": {"sms": True, "mms": True, "voice": True},
    },
    "Line": {"channelSecret": "channel-secret-1", "channelAccessToken": "access-token-1"},
    "Telegram": {"botToken": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw8"},
    "Instagram": {"accessToken": "page-token-2", "accountId": "2", "pageId": "1"},
    "WhatsApp": {"accessToken": "access-token-2", "phoneNumberId": "3", "businessAccountId": "4"},
    "Kik": {"username": "teashop", "apiKey": "api-key-1"},
    "Viber": {"authToken": "auth-token-2", "botName": "Tea", "uri": "teashop"},
}  # fmt: skip
