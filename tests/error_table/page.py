"""`docs/errors.md`, made of the table and its walk."""

from hubster.lib import codes
from tests.error_table.engine import ENGINE, EVENTS, IDENTITY
from tests.error_table.portal import PORTAL
from tests.error_table.scene import Cause, Never
from tests.test_house import ROOT

FILE = ROOT / "docs" / "errors.md"
ENTRIES = {"Identity": IDENTITY, "Portal": PORTAL, "Engine": ENGINE, "Events": EVENTS}
EVERY: tuple[Cause | Never, ...] = tuple(entry for entries in ENTRIES.values() for entry in entries)

HEAD = """\
# Error codes

Every error has the same shape and lists all that is wrong, not only the first. Nothing was changed when there is one.

```json
{"status": 400, "errors": [{"code": 301, "description": "Property 'name' is required. (code: PRT000301)"}]}
```

`code` is the number without its prefix; the description ends with the whole code. Prefixes tell whose it is: `IDT`
Identity, `PRT` the Portal, `ENG` the Engine, `EVT` Events. On a socket the code stands in front:
`[ENG000102]: No access token was given.` A delivery to a webhook has nobody to tell: what went wrong stands in the
ledger of deliveries, in words.

Each code is followed by its HTTP status, its meaning, and an example of what causes it, or the reason why nothing does
today. Every example is a test. This page is made of them: `python -m tests.error_table --write`.
"""


def lines_of(entry: Cause | Never) -> list[str]:
    """What causes a code, or why nothing does."""
    if isinstance(entry, Never):
        return [f"  *Never today.* {entry.why}"]
    status = [f"  *With HTTP {entry.status}:* {entry.why}."] if entry.status else []
    return [f"  *For example:* {entry.how}", *status]


def rendered() -> str:
    """The page."""
    lines = [HEAD]
    for resource, entries in ENTRIES.items():
        lines.append(f"## {resource}\n")
        seen: set[str] = set()
        for entry in entries:
            row = codes.TABLE[entry.code]
            head = [] if entry.code in seen else [f"- `{entry.code}` {row.status}: {row.text}"]
            seen.add(entry.code)
            lines += head + lines_of(entry)
        lines.append("")
    return "\n".join(lines)
