"""Errors as the APIs show them: a status and every fault that was found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hubster.lib import codes

NOT_VALID = "Value '{value}' is not valid."  # as the documents have it of a value that is none of those allowed
VERBS = ("is ", "must ", "has ", "can ")  # a text that begins so follows its property without a colon
MOST_FAULTS = 500  # that one answer lists; a body can hold more than anybody reads


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: a code of the table, the property if it is about one, and what to mend.

    `field` is a path such as `configuration.webhookUrl` or `responses[0].text`. `text` follows it: "is required." With
    `quoted` a colon stands between them even where the text begins with a verb. Without a text the table's is used.
    """

    code: str
    field: str = ""
    text: str = ""
    quoted: bool = False

    @property
    def sentence(self) -> str:
        """The whole sentence, for people."""
        text = self.text or codes.TABLE[self.code].text
        if not self.field or not self.text:
            return text
        joint = " " if text.startswith(VERBS) and not self.quoted else ": "
        return f"Property '{self.field}'{joint}{text}"

    def body(self) -> dict[str, Any]:
        """`{"code": 301, "description": "Property 'name' is required. (code: PRT000301)"}`."""
        return {"code": codes.number(self.code), "description": f"{self.sentence} (code: {self.code})"}


def without_code(description: str) -> str:
    """The sentence of a stored description, for people: without the code behind it, which is for programs."""
    return description.partition(" (code: ")[0]


def not_valid(code: str, value: object) -> Fault:
    """A value that is none of those allowed."""
    return Fault(code, text=NOT_VALID.format(value=str(value)[:40]))


class HubsterError(Exception):
    """Raised by actions; holds all faults found. Nothing was changed when it is raised."""

    def __init__(self, *faults: Fault, status: int | None = None, retry_after: int | None = None) -> None:
        super().__init__("; ".join(f"[{fault.code}]: {fault.sentence}" for fault in faults))
        self.faults = faults
        self.status = status or codes.TABLE[faults[0].code].status
        self.retry_after = retry_after
        self.subject: object = None  # set by whoever refuses, for whoever reports it

    def body(self) -> dict[str, Any]:
        """The answer's body: `{"status": 400, "errors": [...]}`."""
        return {"status": self.status, "errors": [fault.body() for fault in self.faults[:MOST_FAULTS]]}


def fail(code: str, field: str = "", text: str = "", quoted: bool = False) -> HubsterError:
    """An error with a single fault, to be raised."""
    return HubsterError(Fault(code, field, text, quoted))


def faults_of(check: Callable[..., object], *arguments: Any) -> list[Fault]:
    """The faults that a check raises for its arguments; empty when it passes."""
    try:
        check(*arguments)
    except HubsterError as error:
        return list(error.faults)
    return []
