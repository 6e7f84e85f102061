"""Microseconds that validating one activity costs, by type: the best of several rounds.

python -m bench.validate [--most MICROSECONDS]      ends with 1 when a text message costs more
"""

import argparse
import os
import sys
import timeit
from typing import Any

ROUNDS, TIMES = 300, 20  # many short ones: another process disturbs some of them only
LIMIT = 50.0
HINTS = [{"type": "Webchat", "metadata": [{"key": "caption-show", "value": "true"}]}]
ACTIONS = [
    {"type": "reply", "title": "Select", "payload": "Alien"},
    {"type": "link", "title": "More Info", "url": "https://hubster.io"},
]
ENTRY = {
    "title": "Alien", "content": "Lorem Ipsum is...", "urlType": "image", "url": "http://site.com/image1.png",
    "actions": ACTIONS,
}  # fmt: skip
CARD = {
    "type": "card", "urlType": "image", "url": "https://site.com/car.png", "title": "Victorious",
    "subtitle": "European style", "content": "Lorem Ipsum is simply...", "actions": ACTIONS, "channels": HINTS,
}  # fmt: skip
PAYLOAD = {"type": "payload", "payloadType": "my.payload.01", "payload": {"data1": "value1", "data2": {"deep": [1]}}}
ACTIVITIES: dict[str, dict[str, Any]] = {
    "text": {"message": {"type": "text", "text": "Hello there, how can I help you?"}},
    "text with actions": {"message": {"type": "text", "text": "Which one?", "actions": ACTIONS}},
    "card": {"message": CARD},
    "carousel of 5": {"message": {"type": "carousel", "items": [ENTRY] * 5}},
    "payload event": {"event": PAYLOAD},
}


def cost(activity: dict[str, Any]) -> float:
    """Microseconds of one parse, as the Direct API does it."""
    from engine.inbound.parse import parse_inbound

    body = {"externalId": "some-external-id", **activity}
    return (
        min(timeit.repeat(lambda: parse_inbound(body, sender_required=False), number=TIMES, repeat=ROUNDS))
        / TIMES
        * 1e6
    )


def main() -> int:
    """Print a line for each; 1 when a text message costs more than the limit."""
    options = argparse.ArgumentParser(description="What validating one activity costs.")
    options.add_argument("--most", type=float, default=LIMIT, help="microseconds that a text message may cost")
    most = options.parse_args().most
    found = {name: cost(activity) for name, activity in ACTIVITIES.items()}
    for name, microseconds in found.items():
        print(f"{name:20} {microseconds:8.1f} µs")
    return int(found["text"] > most)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubster.settings")
    import django

    django.setup()
    sys.exit(main())
