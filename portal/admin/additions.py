"""Parts of an integration's page that a higher layer brings, with views below the page's address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse

from portal.models import Integration

View = Callable[[HttpRequest, Integration], HttpResponse]


@dataclass(frozen=True)
class Addition:
    """A template with its values, and views by the last part of their addresses.

    `values` gives None where the part is not for this integration. Only who may change the integration may POST.
    """

    template: str
    values: Callable[[HttpRequest, Integration], dict[str, Any] | None]
    views: Mapping[str, View] = field(default_factory=dict)


ADDITIONS: list[Addition] = []
