"""Steps by which a channel is connected: what docs/*.md tell in words, for the pictures in them.

Consoles of providers change. What stays is the name of each value, so that is what the pictures show large.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """A value that the provider shows, and the field of the form that takes it."""

    title: str
    looks: str
    field: str


@dataclass(frozen=True)
class Console:
    """A page of a provider's console: where it is, its menu with the entry to choose, and what stands there."""

    address: str
    menu: tuple[str, ...]
    chosen: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Chat:
    """A conversation with a provider's own bot: lines of the owner begin with `> `."""

    with_whom: str
    lines: tuple[str, ...]
    value: Value


@dataclass(frozen=True)
class Phone:
    """Menus of an app, one after the other, and what stands behind the last."""

    app: str
    path: tuple[str, ...]
    value: Value


@dataclass(frozen=True)
class Guide:
    """One channel: the steps before our form, and what is typed into that."""

    channel: str
    steps: tuple[Console | Chat | Phone, ...]
    typed: dict[str, str]


DOTS = "••••••••••••••••"
META = ("App settings", "Basic", "Webhooks", "Messenger", "Instagram", "WhatsApp")
GUIDES = (
    Guide(
        "Telegram",
        (
            Chat("BotFather", ("> /newbot", "Alright, a new bot. How are we going to call it?", "> Kettle & Fern",
                               "Good. Now let's choose a username for your bot.", "> kettle_and_fern_bot"),
                 Value("Use this token to access the HTTP API", f"7104…:{DOTS}", "Bot token")),
        ),
        {"Bot token": "7104000000:AAEexampleexampleexampleexample0000"},
    ),
    Guide(
        "Messenger",
        (
            Console("developers.facebook.com › My Apps › your app", (*META[:4], "API settings"), "API settings",
                    (Value("Access tokens › your page", f"EAAG{DOTS}", "Page access token"),)),
            Console("developers.facebook.com › My Apps › your app", META[:4], "Basic",
                    (Value("App secret", DOTS, "App secret"),)),
        ),
        {"Page access token": "EAAGexampleexampleexampleexample"},
    ),
    Guide(
        "Instagram",
        (
            Console("developers.facebook.com › My Apps › your app", ("App settings", "Instagram", "API setup"),
                    "API setup", (Value("Generate access tokens › your account", f"IGAA{DOTS}", "Access token"),)),
        ),
        {"Access token": "IGAAexampleexampleexampleexample"},
    ),
    Guide(
        "WhatsApp",
        (
            Console("developers.facebook.com › My Apps › your app", ("App settings", "WhatsApp", "API Setup"),
                    "API Setup", (Value("Phone number ID", "1065 0000 0000 000", "Phone number ID"),
                                  Value("WhatsApp Business Account ID", "1032 0000 0000 000",
                                        "WhatsApp Business Account ID"))),
            Console("business.facebook.com › Settings", ("People", "System users", "Accounts"), "System users",
                    (Value("Generate new token", f"EAAG{DOTS}", "Access token"),)),
        ),
        {"Access token": "EAAGexampleexampleexampleexample", "Phone number ID": "106500000000000"},
    ),
    Guide(
        "TwilioSMS",
        (
            Console("console.twilio.com", ("Account Dashboard", "Phone Numbers", "Messaging"), "Account Dashboard",
                    (Value("Account SID", "AC0123456789…", "Account SID"), Value("Auth Token", DOTS, "Auth token"))),
            Console("console.twilio.com › Phone Numbers › Active numbers", ("Configure", "Properties"), "Properties",
                    (Value("Phone Number SID", "PN0123456789…", "Phone number SID"),)),
        ),
        {"Account SID": "AC" + "0" * 32, "Auth token": "0" * 32, "Phone number SID": "PN" + "0" * 32},
    ),
    Guide(
        "Line",
        (
            Console("developers.line.biz › your provider › your channel", ("Basic settings", "Messaging API", "Roles"),
                    "Basic settings", (Value("Channel secret", DOTS, "Channel secret"),)),
            Console("developers.line.biz › your provider › your channel", ("Basic settings", "Messaging API", "Roles"),
                    "Messaging API", (Value("Channel access token (long-lived)", DOTS, "Channel access token"),)),
        ),
        {"Channel secret": "0" * 32, "Channel access token": "exampleexampleexampleexample"},
    ),
    Guide(
        "Viber",
        (
            Phone("Viber", ("More", "Settings", "Bots", "Edit info"),
                  Value("Your app key", f"4f6e-{DOTS}", "Authentication token")),
        ),
        {"Authentication token": "4f6e000000000000-0000000000000000-0000000000000000"},
    ),
    Guide(
        "Kik",
        (
            Console("dev.kik.com › your bot", ("Configuration", "Kik code", "Analytics"), "Configuration",
                    (Value("User name", "kettle.fern", "User name"),
                     Value("API key", f"22e9a5d4-{DOTS}", "API key"))),
        ),
        {"User name": "kettle.fern", "API key": "22e9a5d4-0000-4000-8000-000000000000"},
    ),
)  # fmt: skip
