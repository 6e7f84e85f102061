"""The closed list of reasons why an attempt did not arrive. Adapters raise them; the sender decides what follows."""

from django.utils.translation import gettext_lazy as _

from engine.adapters._base import SendError
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


def unsafe(text: str) -> SendError:
    """The address may not be called. A name may point elsewhere later, so it is tried again."""
    return SendError("ENG007501", text, retryable=True)
