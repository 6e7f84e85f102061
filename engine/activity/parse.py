"""Turns raw JSON into typed messages and events, or lists every fault."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from engine.activity.messages import Event, Message
from engine.activity.sizes import MOST, too_long
from hubster.lib.errors import Fault, HubsterError
from hubster.lib.payloads import CodeSet, Typed, faults

DIRECT = CodeSet(
    missing="ENG005001", unsupported="ENG005002", empty_list="ENG005015", decimal="ENG005021", empty="ENG005023",
    location="ENG005024", url="ENG008501", range="ENG000207", other="ENG000201",
)  # fmt: skip
PORTAL = CodeSet(
    missing="PRT000301", unsupported="PRT000303", empty_list="PRT000306", decimal="PRT000304", empty="PRT000307",
    location="PRT000308", url="PRT000202", format="PRT000202", choice="PRT000206", range="PRT000207",
    other="PRT000302",
)  # fmt: skip
_MESSAGE: TypeAdapter[Any] = TypeAdapter(Message)
_EVENT: TypeAdapter[Any] = TypeAdapter(Event)


def _parse(adapter: TypeAdapter[Any], raw: Any, codes: CodeSet, root: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise HubsterError(Fault(codes["other"], f"{root}", "must be an object."))
    try:
        value: Typed = adapter.validate_python(raw)
    except ValidationError as error:
        raise HubsterError(*faults(error, codes, root)) from None
    content = value.dump()
    if fault := too_long(content, MOST):
        raise HubsterError(Fault(codes["range"], root, fault))
    return content


def parse_message(raw: Any, codes: CodeSet = DIRECT, root: str = "message") -> dict[str, Any]:
    """A message node in its stored form; raises `HubsterError` with every fault."""
    return _parse(_MESSAGE, raw, codes, root)


def parse_event(raw: Any, codes: CodeSet = DIRECT, root: str = "event") -> dict[str, Any]:
    """An event node in its stored form; raises `HubsterError` with every fault."""
    return _parse(_EVENT, raw, codes, root)
