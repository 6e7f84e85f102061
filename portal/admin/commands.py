"""Commands in the admin: saved replies, page links and calls of own services, inserted by a short name."""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from engine.activity import summary
from portal.access import staff_hubs
from portal.actions import commands as actions
from portal.admin.base import TenantRelatedFilter
from portal.admin.columns import column
from portal.admin.command_forms import CommandForm, DynamicForm, ResponseForm, TransferForm
from portal.admin.hub_rows import HubRowAdmin
from portal.admin.keys import SigningAdmin
from portal.models import DynamicCommand, ResponseCommand, TransferCommand

_MAX_SHOWN = 120  # characters of a cell


def host_of(url: str) -> str:
    """The part of an address that a person recognises, without anything secret."""
    try:
        return urlsplit(url if "://" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""


class CommandAdmin(HubRowAdmin):
    """The base of the three pages."""

    form: ClassVar[type[CommandForm]]
    list_filter: Any = (("hub", TenantRelatedFilter),)
    search_fields = ("name", "description")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The hub first."""
        return [(None, {"fields": ["hub", *self.form.Meta.fields]})]  # type: ignore[attr-defined]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """There is no command without a hub."""
        if not self.has_add_permission(request) or staff_hubs(request.user).exists():  # type: ignore[arg-type]
            return super().add_view(request, form_url, extra_context)  # type: ignore[no-any-return]
        title = gettext("Add %(name)s") % {"name": self.opts.verbose_name}
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, "portal/admin/first_hub.html", context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """By the same actions as the API."""
        if change:
            actions.do_update_command(self.stored(obj), form.written())
        else:
            obj.pk = actions.do_create_command(self.model, form.cleaned_data["hub"], form.written()).pk

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """By the action."""
        actions.do_delete_command(obj)


@admin.register(TransferCommand)
class TransferAdmin(CommandAdmin):
    """Page links: an agent sends a visitor of the web chat to another page."""

    form = TransferForm
    list_display = ("name", "tenant", "hub", "says", "description")
    empty_icon = "open_in_new"
    empty_title = _("No page links yet")
    empty_text = _("Save links to your pages, such as the checkout. Agents send visitors of the chat there by name.")

    @column(_("Opens"))
    def says(self, row: TransferCommand) -> str:
        """The link text and the host."""
        return f"{row.link_description[:_MAX_SHOWN]} → {host_of(row.url)}"


@admin.register(ResponseCommand)
class ResponseAdmin(CommandAdmin):
    """Saved replies: prepared messages or events."""

    form = ResponseForm
    change_form_outer_after_template = "portal/admin/response_preview.html"
    list_display = ("name", "tenant", "hub", "category", "shown_to", "says")
    list_filter = (("hub", TenantRelatedFilter), "to", "kind")
    empty_icon = "quickreply"
    empty_title = _("No saved replies yet")
    empty_text = _("Save replies you send often, such as opening hours, and insert them by name.")

    @column(_("For"))
    def shown_to(self, row: ResponseCommand) -> str:
        """Customer or agent."""
        return row.get_to_display()

    @column(_("Text"))
    def says(self, row: ResponseCommand) -> str:
        """The first message, shortened, and the number of further ones."""
        first = row.responses[0]
        words = summary(row.kind, first) or str(first.get("payloadType") or first["type"])
        more = len(row.responses) - 1
        shown = words[:_MAX_SHOWN]
        return gettext("%(text)s (and %(count)d more)") % {"text": shown, "count": more} if more else shown


@admin.register(DynamicCommand)
class DynamicAdmin(CommandAdmin, SigningAdmin):
    """Dynamic commands: the business's own service supplies the reply."""

    form = DynamicForm
    list_display = ("name", "tenant", "hub", "category", "says", "description")
    change_form_outer_after_template = "portal/admin/signing_keys.html"
    rotation_question = _(
        "The old key stops working at once: until your service has the new one, it will reject our requests."
    )
    rotation_note = _("The old key is no longer used.")
    empty_icon = "terminal"
    empty_title = _("No dynamic commands yet")
    empty_text = _(
        "Agents can ask your own software, for example for the status of an order, without leaving the chat."
    )

    @column(_("URL"))
    def says(self, row: DynamicCommand) -> str:
        """The host only: the rest of a URL may hold a secret."""
        return host_of(row.url)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Lists do not decrypt keys."""
        rows = super().get_queryset(request)
        match = request.resolver_match
        return rows.defer("private_key") if match and str(match.url_name).endswith("_changelist") else rows

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """With the keys below."""
        row = self.get_object(request, object_id)
        more = self.keys_context(row, [row]) if row else {}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})  # type: ignore[no-any-return]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A new command's key is shown once."""
        super().save_model(request, obj, form, change)
        if not change:
            self.show_key(request, self.stored(obj).private_key)

    def rotate(self, row: DynamicCommand) -> str:
        return str(actions.do_update_command(row, {"regenerate": True}).private_key)
