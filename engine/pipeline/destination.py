"""Destination: the customer hears the business, the business's active side hears the customer."""

from engine import access
from engine.pipeline.passage import Passage


def step(passage: Passage) -> None:
    """Choose who receives the activity."""
    if str(passage.content.get("payloadType", "")) in ("hubster.handover", "hubster.takeover", "hubster.handback"):
        passage.deliver_to += access.answering(passage.ends, passage.answering_side)
        return
    if not passage.from_customer:
        passage.deliver_to.append(passage.customer_end)
        return
    found = access.answering(passage.ends, passage.answering_side)
    passage.deliver_to += found
    if not found:
        passage.note("Nobody is there to answer: the hub has no active agent or bot any more.")
