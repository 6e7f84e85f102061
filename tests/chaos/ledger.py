"""What clients were promised: every acknowledged message, on the disk before the client goes on."""

import json
import os
import threading
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """One acknowledged message. `text` is unique within its conversation."""

    conversation: str
    text: str
    event_id: int
    interaction_id: str
    first: float  # when it was first sent, in seconds of the wall clock
    at: float  # when it was acknowledged


class Ledger:
    """An append-only file outside the system."""

    def __init__(self, path: Path) -> None:
        self.path, self.lock = path, threading.Lock()

    def __enter__(self) -> "Ledger":
        self.file = self.path.open("a")
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def note(self, entry: Entry) -> None:
        """Keep an acknowledgement; it is on the disk when this returns."""
        with self.lock:
            self.file.write(json.dumps(asdict(entry)) + "\n")
            self.file.flush()
        os.fsync(self.file.fileno())

    def of(self, conversations: set[str]) -> list[Entry]:
        """What is on the disk about some conversations, in the order of the acknowledgements."""
        entries = [Entry(**json.loads(line)) for line in self.path.read_text().splitlines()]
        return [entry for entry in entries if entry.conversation in conversations]
