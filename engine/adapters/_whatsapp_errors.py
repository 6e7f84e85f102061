"""WhatsApp's errors, which come as answers and in the status of a message that was taken first.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from engine.adapters import _meta_errors as meta
from engine.adapters._meta_errors import GraphError, number_of
from engine.adapters._outcomes import Rule, SendError, Table

_PAIR = Rule(
    _("Too many messages went to this customer within seconds (%(code)s). The message is sent a little later; there is "
      "nothing to do."),
    retryable=True, scope="recipient", retry_after=6,
)  # fmt: skip
_MAINTENANCE = Rule(
    _("WhatsApp maintains the business's number (%(code)s). The message is tried again; there is nothing to do."),
    retryable=True, scope="account",
)  # fmt: skip
_UNREACHABLE = Rule(
    _("WhatsApp cannot reach this customer (%(code)s): the number has no WhatsApp, an old version of it, or has not "
      "accepted its terms. Use another way to reach them."),
    scope="recipient",
)  # fmt: skip
_WITHHELD = Rule(
    _("WhatsApp withholds this message from this customer (%(code)s). Wait until they write again."), scope="recipient"
)
_COUNTRY = Rule(
    _("WhatsApp does not let this business write to customers of this country (%(code)s)."), scope="recipient"
)
_OWN_NUMBER = Rule(_("The message would go to the business's own number (%(code)s)."), scope="recipient")
_CHANGED = Rule(
    _("The customer's identity has changed (%(code)s). Wait until they write again, or switch the identity check off "
      "at Meta."),
    scope="recipient",
)  # fmt: skip
_PAYMENT = Rule(
    _("WhatsApp delivers nothing because of a problem with the payment method (%(code)s). Mend it in Meta's Business "
      "Manager under Billing, and resume."),
    scope="account", pauses=True,
)  # fmt: skip
_REGISTRATION = Rule(
    _("The phone number is not registered for the Cloud API, or its certificate is wrong (%(code)s). Register it in "
      "WhatsApp Manager, and resume."),
    scope="account", pauses=True,
)  # fmt: skip
_LOCKED = Rule(
    _("WhatsApp has locked the business account (%(code)s). See Business Support at Meta, and resume when it is "
      "settled."),
    scope="account", pauses=True,
)  # fmt: skip
_NAME = Rule(
    _("The display name of the phone number is not approved (%(code)s). Have it approved in WhatsApp Manager."),
    scope="account",
)  # fmt: skip
_SPAM = Rule(
    _("WhatsApp limits this number because too many customers blocked or reported it (%(code)s). See its quality in "
      "WhatsApp Manager, and write later."),
    scope="account",
)  # fmt: skip
_A_DAY = Rule(
    _("WhatsApp's limit of templates is reached (%(code)s). Send the message again in 24 hours, not sooner."),
    scope="account",
)  # fmt: skip
_NOT_FOR_IDS = Rule(_("WhatsApp sends this kind of message to phone numbers only (%(code)s)."))
_MARKETING = Rule(_("Marketing messages are switched off for this number at Meta (%(code)s). Switch them on there."))
_FILE = Rule(
    _("WhatsApp could not fetch or take the file (%(code)s). Check that its URL is public, its type, and its size: "
      "5 MB for images, 16 MB for video and audio, 100 MB for others.")
)  # fmt: skip

TABLE: Table = {
    **meta.TABLE,
    **dict.fromkeys(range(200, 300), meta.PERMISSION),
    131005: meta.PERMISSION,
    130429: meta.RATE, 131056: _PAIR, 133016: meta.RATE,
    131000: meta.TROUBLE, 131016: meta.TROUBLE, 133004: meta.TROUBLE, 131057: _MAINTENANCE,
    131047: meta.CLOSED,
    131026: _UNREACHABLE, 131021: _OWN_NUMBER, 131030: meta.TESTERS, 130497: _COUNTRY, 137000: _CHANGED,
    131049: _WITHHELD, 131050: _WITHHELD, 130472: _WITHHELD,
    131042: _PAYMENT, 131044: _PAYMENT, 131045: _REGISTRATION, 133010: _REGISTRATION, 131031: _LOCKED,
    131037: _NAME, 131048: _SPAM, 131064: _A_DAY,
    131052: _FILE, 131053: _FILE, 131062: _NOT_FOR_IDS, 131063: _MARKETING,
    **dict.fromkeys(
        (131008, 131009, 131051, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132068, 132069,
         135000),
        meta.MESSAGE,
    ),
}  # fmt: skip


def error_of_status(given: Any, channel: str) -> SendError | None:
    """The reason that a status gives in its `errors`; None when it gives none."""
    if not given:
        return None
    error = GraphError(200, number_of(given[0].get("code")), number_of(given[0].get("error_subcode")), table=TABLE)
    return error.as_reason(channel)
