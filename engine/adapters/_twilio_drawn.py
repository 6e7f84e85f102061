"""Twilio's messages as what a phone shows: words, and the files beside them."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qs

from django.utils.translation import gettext as _

from engine.adapters._bubbles import Bubble, file
from hubster.lib.http import Outgoing

Form = Mapping[str, Sequence[str]]


def drawn(requests: Sequence[Outgoing]) -> list[Bubble]:
    """The bubbles of all messages. Twilio alone knows the words of a template."""
    return [bubble for request in requests for bubble in _message(parse_qs(request.body.decode()))]


def _message(form: Form) -> Iterator[Bubble]:
    for template in form.get("ContentSid", ()):
        yield Bubble("text", _("Template %(name)s") % {"name": template})
    for text in form.get("Body", ()):
        yield Bubble("text", text)
    for url in form.get("MediaUrl", ()):
        yield Bubble("contact", url=url) if url.endswith(".vcf") else file(url)
