"""The closed list of reasons why an attempt did not arrive. Adapters raise them; the sender decides what follows."""

from engine.adapters._base import SendError
from hubster.lib.http import Answer

_STATUS_TEXTS = {
    401: "The endpoint refused our signature (401). Check the private key it uses.",
    403: "The endpoint refused our signature (403). Check the private key it uses.",
    404: "The endpoint does not exist (404). Check the path of the webhook URL.",
    410: "The endpoint says that it is gone for good (410).",
    429: "The endpoint asks us to slow down (429).",
}


def refused(answer: Answer) -> SendError:
    """The endpoint answered, but not with 2xx. Every such answer is tried again, as documented."""
    text = _STATUS_TEXTS.get(answer.status, f"The endpoint answered with HTTP status {answer.status}.")
    if 300 <= answer.status < 400:
        text = f"The endpoint answered with a redirect ({answer.status}), which is not followed."
    code = "ENG007510" if answer.status in (401, 403) else "ENG007511"
    return SendError(code, text, retryable=True, gone=answer.status == 410)


def unreachable(text: str) -> SendError:
    """No answer within the deadline, or no connection."""
    return SendError("ENG007512", text, retryable=True)


def unsafe(text: str) -> SendError:
    """The address may not be called. A name may point elsewhere later, so it is tried again."""
    return SendError("ENG007501", text, retryable=True)
