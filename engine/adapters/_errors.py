"""The closed list of reasons why an attempt did not arrive. Adapters raise them; the sender decides what follows."""

import json
from typing import Any

from django.utils.translation import gettext_lazy as _

from engine.adapters._outcomes import Rule, SendError, Table
from hubster.lib.http import Answer

_REFUSED_SIGNATURE = _("The webhook refused the signature (HTTP %(status)d). Check the private key it uses.")
_STATUS_TEXTS = {
    401: _REFUSED_SIGNATURE,
    403: _REFUSED_SIGNATURE,
    404: _("The webhook URL was not found (HTTP %(status)d). Check its path."),
    410: _("The webhook URL is gone for good (HTTP %(status)d)."),
    429: _("The webhook asked us to slow down (HTTP %(status)d)."),
}
_REDIRECTED = _("The webhook returned a redirect (HTTP %(status)d). Redirects are not followed.")
_OTHER = _("The webhook returned HTTP %(status)d.")


def refused(answer: Answer) -> SendError:
    """The endpoint answered, but not with 2xx. Every such answer is tried again, as documented."""
    text = _REDIRECTED if 300 <= answer.status < 400 else _STATUS_TEXTS.get(answer.status, _OTHER)
    said = str(text % {"status": answer.status})
    code = "ENG007510" if answer.status in (401, 403) else "ENG007511"
    return SendError(code, said, retryable=True, gone=answer.status == 410)


def unreachable(text: str) -> SendError:
    """No answer within the deadline, or no connection."""
    return SendError("ENG007512", text, retryable=True)


def unknown(text: str) -> SendError:
    """No answer to a request that may have arrived, and must not arrive twice."""
    said = _("It is not known whether the message arrived, so it was not sent again. Ask the customer, or send it "
             "again yourself. %(text)s")  # fmt: skip
    return SendError("ENG007512", str(said % {"text": text}).strip(), retryable=False)


def no_address(moved: bool = False) -> SendError:
    """A channel that somebody else runs, and a conversation that did not begin there, or whose customer just moved."""
    text = _("The customer has no address on this channel.")
    return SendError("ENG007511", str(text), retryable=moved, scope="recipient")


def stopped() -> SendError:
    """The customer asked to hear nothing more, or blocked the business."""
    text = _("The customer has blocked you or opted out, so nothing was sent.")
    return SendError("ENG007511", str(text), retryable=False, scope="recipient")


def window_closed(channel: str, author: str) -> SendError:
    """The provider's rules allow no message now; it is not called."""
    if author == "human":
        text = _("%(channel)s allows no message so long after the customer's last one. Wait until they write again.")
    else:
        text = _("%(channel)s allows no automatic message so long after the customer's last one. An agent may still "
                 "be allowed to write.")  # fmt: skip
    return SendError(
        "ENG007511", str(text % {"channel": channel}), retryable=False, scope="recipient", window_closed=True
    )


def standby(holder: str) -> SendError:
    """Another app holds the customer's thread; the provider is not called."""
    if holder:
        text = _("%(holder)s is answering this customer, so nothing was sent. Send it again when the conversation is "
                 "yours.")  # fmt: skip
    else:
        text = _("Another app is answering this customer, so nothing was sent. Send it again when the conversation is "
                 "yours.")  # fmt: skip
    said = str(text % {"holder": holder})
    return SendError("ENG007511", said, retryable=False, scope="recipient", window_closed=True)


def from_table(table: Table, key: object, other: Rule, **named: Any) -> SendError:
    """The error for a provider's code; `other` for one that is not in the table. `named` fills the rule's text in."""
    rule = table.get(key, other)
    return SendError(
        "ENG007511", str(rule.text % named if named else rule.text), rule.retryable, scope=rule.scope,
        pauses=rule.pauses, stops=rule.stops, retry_after=rule.retry_after, window_closed=rule.window_closed,
    )  # fmt: skip


def body_of(answer: Answer) -> dict[str, Any]:
    """The JSON object of an answer; empty when it has none."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def retry_after(answer: Answer) -> float | None:
    """The seconds of a `Retry-After` header; None without one that is a number."""
    try:
        return float(answer.headers["retry-after"])
    except (KeyError, ValueError):
        return None


def unsafe(text: str) -> SendError:
    """The address may not be called. A name may point elsewhere later, so it is tried again."""
    return SendError("ENG007501", text, retryable=True)
