"""`make quick`: the tests that wait for nothing, so that a change has an answer within a minute.

They take no browser, process, thread or server of their own, draw nothing at random and commit nothing. `FILES` names
them; tests/test_quick.py holds them to that.
"""

import sys
import time
from tempfile import TemporaryDirectory

from tests.run import ROOT, run

_HOUSE = ("house", "house_words", "quick")
_LIB = (
    "body_limits", "codes", "crypto", "errors", "ids", "log", "network_of", "parsing", "payloads", "request_target",
    "search", "secrecy", "signing", "websocket_limits",
)  # fmt: skip
_ENGINE = (
    "bindings", "command_grammar", "conversations", "enrichment", "files_kinds", "files_tracks", "keys", "links",
    "message_types", "message_wholes", "origins", "places", "planned_channels",
)  # fmt: skip
_ADAPTERS = (
    "instagram",
    "kik",
    "line",
    "messenger",
    "messenger_out",
    "meta",
    "telegram",
    "twiliosms",
    "viber",
    "whatsapp",
)
_PORTAL = ("audit_masks", "commands", "hub_rules", "hubs", "idempotency", "integrations")
_FOLDERS = {"": _HOUSE, "lib/": _LIB, "engine/": _ENGINE, "adapters/": _ADAPTERS, "portal/": _PORTAL}
FILES = [f"tests/{folder}test_{name}.py" for folder, names in _FOLDERS.items() for name in names]


def main() -> int:
    """Run them on two cores, with tables made from the models; pytest's exit code."""
    began = time.monotonic()
    with TemporaryDirectory(prefix="hubster-quick-") as data:
        options = ("-n", "2", "--dist", "worksteal", "--no-migrations", "-p", "no:hypothesispytest")
        code = run(sys.executable, "-m", "pytest", *options, *FILES, cwd=ROOT, HUBSTER_DATA=data)
    print(f"\n{'passed' if code == 0 else 'FAILED'} in {time.monotonic() - began:.0f} s; `make test` runs everything.")
    return code


if __name__ == "__main__":
    sys.exit(main())
