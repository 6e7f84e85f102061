"""Times and names of integrations, as all pages show them."""

from datetime import UTC, datetime
from typing import Any

from django.utils.html import format_html


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
