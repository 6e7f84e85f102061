"""The documented names and numbers of channels, by which parts of messages say for which channel a hint is."""

NUMBERS: dict[str, tuple[int, ...]] = {
    "Direct": (1, 2000),
    "Bot": (2,),
    "System": (3,),
    "Messenger": (101,),
    "TwilioSMS": (102,),
    "Line": (103,),
    "Telegram": (104,),
    "Kik": (105,),
    "WebChat": (106,),
    "Instagram": (107,),
    "WhatsApp": (108,),
    "Viber": (109,),
    "Slack": (1001,),
}
_NAMES = {number: name for name, numbers in NUMBERS.items() for number in numbers}


def name_of(number: int) -> str | None:
    """The name of a documented number; None when it is none."""
    return _NAMES.get(number)
