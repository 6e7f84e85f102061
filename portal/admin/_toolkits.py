"""Takes the toolkits' own pages away: roles decide here, not groups, and tokens end with their secret.

Imported before the pages of this package, because the OAuth toolkit registers our own client model.
"""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group

from portal.models import Client

_hidden: list[Any] = [Client, Group, *apps.get_app_config("oauth2_provider").get_models()]
for _model in _hidden:
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)

_all_pages = admin.site.get_urls


def _own_pages() -> list[Any]:
    """Without Django's “view on site”: it asks any model for its page, also in tenants that are not the person's."""
    return [page for page in _all_pages() if getattr(page, "name", None) != "view_on_site"]


admin.site.get_urls = _own_pages  # type: ignore[method-assign]
