"""Echo: a sender with echo switched on receives its own message back, enriched."""

from engine import adapters
from engine.pipeline.passage import Passage


def step(passage: Passage) -> None:
    """Only the sender's own integration, only when configured."""
    sender = passage.sender
    if sender and adapters.get(sender.channel).echoes(sender.configuration):
        passage.echo(sender)
