"""Errors as the APIs show them: a status and every fault that was found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hubster.lib import codes

NOT_VALID = "Value '{value}' is not valid."  # as the documents have it of a value that is none of those allowed
MOST_FAULTS = 500  # that one answer lists; a body can hold more than anybody reads


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: a code of the table and a sentence that says what to mend."""

    code: str
    text: str = ""

    def body(self) -> dict[str, Any]:
        """`{"code": 301, "description": "Property 'name' is required. (code: PRT000301)"}`."""
        text = self.text or codes.TABLE[self.code].text
        return {"code": codes.number(self.code), "description": f"{text} (code: {self.code})"}


def without_code(description: str) -> str:
    """The sentence of a description, for people: without the code behind it, which is for programs."""
    return description.partition(" (code: ")[0]


def not_valid(code: str, value: object) -> Fault:
    """A value that is none of those allowed."""
    return Fault(code, NOT_VALID.format(value=str(value)[:40]))


class HubsterError(Exception):
    """Raised by actions; holds all faults found. Nothing was changed when it is raised."""

    def __init__(self, *faults: Fault, status: int | None = None, retry_after: int | None = None) -> None:
        super().__init__("; ".join(f"[{fault.code}]: {fault.text or codes.TABLE[fault.code].text}" for fault in faults))
        self.faults = faults
        self.status = status or codes.TABLE[faults[0].code].status
        self.retry_after = retry_after

    def body(self) -> dict[str, Any]:
        """The answer's body: `{"status": 400, "errors": [...]}`."""
        return {"status": self.status, "errors": [fault.body() for fault in self.faults[:MOST_FAULTS]]}


def fail(code: str, text: str = "") -> HubsterError:
    """An error with a single fault, to be raised."""
    return HubsterError(Fault(code, text))


def faults_of(check: Callable[..., object], *arguments: Any) -> list[Fault]:
    """What a check finds wrong with its arguments; nothing when it passes."""
    try:
        check(*arguments)
    except HubsterError as error:
        return list(error.faults)
    return []
