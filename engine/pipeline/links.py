"""Links become the videos, pictures, files or places they point to; see `engine/activity/enrichment.py`."""

from engine.activity.enrichment import enriched
from engine.pipeline.passage import Passage


def step(passage: Passage) -> None:
    """Alter a message in which there are links, or files without a MIME type."""
    if passage.activity.type != "message":
        return
    content, notes = enriched(passage.content)
    for note in notes:
        passage.alter(content, note)
