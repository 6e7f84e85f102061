"""Shapes of the providers' tokens and ids, so that a slip is found before the provider is asked."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints

from hubster.lib.payloads import PayloadError

_LONGEST = 2000  # characters; the providers' tokens have at most some hundred


def shape(pattern: str, words: str) -> AfterValidator:
    """Refuses what does not look like what the property is for; `words` say what it must look like."""
    wanted = re.compile(pattern)

    def check(value: str) -> str:
        if not wanted.fullmatch(value):
            raise PayloadError("format", f"must be {words}.")
        return value

    return AfterValidator(check)


def _twilio(prefix: str, words: str) -> AfterValidator:
    """32 hexadecimal digits after a prefix.

    The documents print their examples cut short, such as `AC1fc1c1722444b0c6313d3ae988b...`, and existing clients
    try the call with them. So what ends in dots passes here, and Twilio refuses it when it is asked.
    """
    return shape(rf"{prefix}([0-9a-fA-F]{{32}}|[0-9a-fA-F]{{1,31}}\.{{3,4}})", words)


Given = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_LONGEST)]
# Providers change how their tokens look and promise nothing, so a blank in the middle is all that is surely wrong.
Opaque = Annotated[Given, shape(r"[!-~]+", "plain letters, digits and signs without blanks")]
AuthToken = Annotated[Given, _twilio("", "an auth token: 32 hexadecimal digits")]
AccountSid = Annotated[Given, _twilio("AC", "an account SID: AC and 32 hexadecimal digits")]
ServiceSid = Annotated[Given, _twilio("MG", "a messaging service SID: MG and 32 hexadecimal digits")]
NumberSid = Annotated[Given, _twilio("PN", "a phone number SID: PN and 32 hexadecimal digits")]
ObjectId = Annotated[Given, shape(r"[0-9]{1,32}", "digits")]  # of the Graph API
OF_SERVER: Any = {"default": None, "description": "Set by the server.", "json_schema_extra": {"readOnly": True}}
BotToken = Annotated[Given, shape(r"[0-9]{1,20}:[A-Za-z0-9_-]{35}", "digits, a colon and 35 characters")]
