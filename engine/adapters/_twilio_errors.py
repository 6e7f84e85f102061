"""Twilio's error codes, as the closed list of reasons why a message did not arrive: in answers, and in receipts later.

Source: www.twilio.com/docs/api/errors.
"""

from django.utils.translation import gettext_lazy as _

from engine.adapters import _errors
from engine.adapters._errors import body_of
from engine.adapters._outcomes import Rule, SendError, Table
from hubster.lib.http import Answer

_UNREACHABLE = Rule(_("The customer's phone can't be reached (%(code)s). Try again later, or use another way to reach "
                      "them."), scope="recipient")  # fmt: skip
_NUMBER = Rule(_("The customer's number can't receive texts from yours (%(code)s). Use another way to reach them."),
               scope="recipient")  # fmt: skip
_STOPPED = Rule(_("The customer has opted out (%(code)s). They can write START to hear from you again."),
                scope="recipient", stops=True)  # fmt: skip
_FILTERED = Rule(_("The carrier filtered the message as unwanted (%(code)s). Change the text, and see Twilio's "
                   "messaging policy."))  # fmt: skip
_WINDOW = Rule(_("Twilio allows no free message so long after the customer's last one (%(code)s). Wait until they "
                 "write again."), scope="recipient", window_closed=True)  # fmt: skip
_LATER = Rule(_("Twilio or the carrier is busy (%(code)s). The message is sent later; there is nothing to do."),
              retryable=True, scope="account")  # fmt: skip
_AWAY = Rule(_("Twilio has a fault of its own (%(code)s). The message is tried again; there is nothing to do."),
             retryable=True, scope="endpoint")  # fmt: skip
_DAY = Rule(_("The number's limit of messages for today is reached (%(code)s). Send the message again tomorrow, or ask "
              "Twilio for a higher limit."), scope="account")  # fmt: skip
_LOGIN = Rule(_("Twilio no longer accepts the account SID and the auth token (%(code)s). Copy both again from the "
                "console, and connect the number anew."), scope="account", pauses=True)  # fmt: skip
_SUSPENDED = Rule(_("Twilio has suspended the account (%(code)s). See the messages in Twilio's console, and resume "
                    "when it is settled."), scope="account", pauses=True)  # fmt: skip
_SENDER = Rule(_("The account may not send texts from this number (%(code)s). Check the number, or the messaging "
                 "service and its senders, in Twilio's console."), scope="account", pauses=True)  # fmt: skip
_UNREGISTERED = Rule(_("The number is not registered for business messages (%(code)s). Register it at "
                       "https://console.twilio.com/us1/develop/sms/regulatory-compliance, and resume then."),
                     scope="account", pauses=True)  # fmt: skip
_COUNTRY = Rule(_("The account may not send texts to this country (%(code)s). Allow the country under "
                  "“Messaging, Settings, Geo permissions” in Twilio's console."), scope="recipient")  # fmt: skip
_MEDIA = Rule(_("Twilio could not send the file (%(code)s). Check that its URL is public, and that it is a picture of "
                "at most 5 MB, or another file of at most 500 KB."))  # fmt: skip
_MESSAGE = Rule(_("Twilio refused the message (%(code)s). Change it, and send it again."))

TABLE: Table = {
    **dict.fromkeys((20003, 20008), _LOGIN),
    **dict.fromkeys((20005, 30002), _SUSPENDED),
    **dict.fromkeys((14107, 20429, 30001, 30017, 30022, 30410, 63017), _LATER),
    **dict.fromkeys((20500, 30500), _AWAY),
    **dict.fromkeys((30023, 30027, 63018, 63038), _DAY),
    **dict.fromkeys((20404, 21603, 21606, 21659, 21660, 21701, 21703, 21704, 21705, 63007), _SENDER),
    **dict.fromkeys((30032, 30034), _UNREGISTERED),
    **dict.fromkeys((30003, 30008, 30009, 30036), _UNREACHABLE),
    **dict.fromkeys((21201, 21211, 21217, 21266, 21604, 21612, 21614, 21635, 30005, 30006, 30024, 63003, 63024, 63036),
                    _NUMBER),
    **dict.fromkeys((21610, 63033), _STOPPED),
    **dict.fromkeys((30004, 30007, 30450, 30453), _FILTERED),
    63016: _WINDOW,
    21408: _COUNTRY,
    **dict.fromkeys((11751, 12300, 21620, 21623, 30019, 63019, 63021), _MEDIA),
    **dict.fromkeys((21602, 21605, 21617, 21619), _MESSAGE),
}  # fmt: skip
_OF_STATUS = {401: _LOGIN, 403: _SENDER, 429: _LATER}


def error_of_code(code: object) -> SendError:
    """The error for a code that a receipt names; Twilio names none for some failures."""
    known = int(code) if str(code).isdecimal() else 0  # type: ignore[call-overload]
    return _errors.from_table(TABLE, known, _UNREACHABLE, code=known or _("no code"))


def error_of_answer(answer: Answer) -> SendError:
    """The error for an answer that is none of success."""
    code = body_of(answer).get("code")
    other = _AWAY if answer.status >= 500 else _OF_STATUS.get(answer.status, _MESSAGE)
    found = _errors.from_table(TABLE, code, other, code=code or f"HTTP {answer.status}")
    found.retry_after = _errors.retry_after(answer)
    return found
