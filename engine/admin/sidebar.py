"""The sidebar of the admin, by rank, with what waits as badges."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from engine.admin.jobs import troubled_count
from engine.admin.numbers import MOST, notice_count, troubled_endpoint_count, unanswered_count
from portal.admin.roles import Rank, rank_of


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups of links; those above one's rank are left out."""
    rank = rank_of(request.user)
    groups: list[tuple[str, list[Any]]] = [
        ("", [(_("Overview"), "admin:index", "home", Rank.NOBODY, None)]),
        (
            _("Conversations"),
            [
                (_("Desk"), "desk", "support_agent", Rank.AGENT, unanswered_count),
                (_("Conversations"), "admin:engine_conversation_changelist", "chat", Rank.AGENT, None),
                (_("Messages"), "admin:engine_activity_changelist", "forum", Rank.AGENT, None),
                (_("Deliveries"), "admin:engine_delivery_changelist", "local_shipping", Rank.AGENT, None),
                (_("Webhooks"), "admin:engine_endpoint_changelist", "webhook", Rank.MANAGER, troubled_endpoint_count),
                (_("Alerts"), "admin:engine_notice_changelist", "notifications", Rank.MANAGER, notice_count),
            ],
        ),
        (
            _("Setup"),
            [
                (_("Hubs"), "admin:portal_hub_changelist", "hub", Rank.MANAGER, None),
                (_("Integrations"), "admin:portal_integration_changelist", "cable", Rank.MANAGER, None),
                (_("Saved replies"), "admin:portal_responsecommand_changelist", "quickreply", Rank.MANAGER, None),
                (_("Preview a message"), "preview", "preview", Rank.MANAGER, None),
                (_("Page links"), "admin:portal_transfercommand_changelist", "open_in_new", Rank.MANAGER, None),
                (_("Dynamic commands"), "admin:portal_dynamiccommand_changelist", "terminal", Rank.MANAGER, None),
            ],
        ),
        (
            _("Access"),
            [
                (_("Members"), "admin:portal_user_changelist", "group", Rank.MANAGER, None),
                (_("API clients"), "admin:portal_client_changelist", "key", Rank.OWNER, None),
                (_("Tenants"), "admin:portal_tenant_changelist", "domain", Rank.OPERATOR, None),
                (_("Audit log"), "admin:portal_auditentry_changelist", "history", Rank.MANAGER, None),
            ],
        ),
        (_("Platform"), [(_("Jobs"), "jobs", "schedule", Rank.OPERATOR, troubled_count)]),
    ]
    built = [(title, [_item(request, *row) for row in rows if rank >= row[3]]) for title, rows in groups]
    return [{"title": title, "items": items} for title, items in built if items]


def _item(
    request: HttpRequest, title: str, name: str, icon: str, least: Rank, counted: Callable[[Any], int] | None
) -> dict[str, Any]:
    item: dict[str, Any] = {"title": title, "link": reverse(name), "icon": icon}
    count = counted(request.user) if counted else 0
    if count:
        item.update(badge=f"{count}+" if count >= MOST else str(count), badge_variant="primary")
    return item
