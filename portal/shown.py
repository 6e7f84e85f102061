"""Times, names of integrations and names of properties, as all pages show them."""

import re
from datetime import UTC, datetime
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as translated

from engine import adapters

_SHOUTED = {"url": "URL", "id": "ID", "api": "API", "sid": "SID", "sms": "SMS"}


def when(moment: datetime | None) -> str:
    """A moment: UTC as sent, the reader's own zone once the page's script has run. The one format of all pages."""
    if moment is None:
        return ""
    shown = moment.astimezone(UTC)
    text = f"{shown.day} {shown:%b %Y, %H:%M:%S} UTC"
    return format_html('<time class="hub-when" datetime="{}">{}</time>', shown.isoformat(), text)


def integration_name(row: Any) -> str:
    """An integration with its hub, since names repeat from hub to hub: `Shop › Web chat`. Its hub must be loaded."""
    return f"{row.hub.name} › {row.name}"


def property_title(name: str) -> str:
    """A property of a configuration as words: `pageAccessToken` is “Page access token”."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").lower().split()
    shown = " ".join(_SHOUTED.get(word, word) for word in words)
    return shown[:1].upper() + shown[1:]


def known_title(name: str, channel: str = "") -> str:
    """The title that channels give a property of their configuration, or its name as words.

    Without a channel, channels with different titles for it have none.
    """
    known = [adapters.find_channel(channel)] if channel else adapters.all_channels()
    found = {
        info.title
        for one in known
        if one
        for field, info in (one.kept or one.config).model_fields.items()
        if info.title and (info.alias or field) == name
    }
    return translated(found.pop()) if len(found) == 1 else property_title(name)
