"""Members in the admin: the people of a tenant. Owners manage them, managers see them."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.forms import UserChangeForm, UserCreationForm

from hubster.lib.errors import HubsterError
from portal.actions import members as actions
from portal.admin.base import TenantAdmin, TenantRelatedFilter
from portal.admin.columns import column, when
from portal.admin.faults import add_faults
from portal.admin.passwords import PasswordForm
from portal.admin.roles import Rank, is_operator
from portal.models import User

_PLACES = {"isSuperuser": "is_superuser"}
_NAMES = ["username", "first_name", "last_name", "email"]
_PERSON = ["role", "is_active"]
_OPERATOR = ["tenant", "is_superuser"]
_ROLE_HELP = _("Owners manage everything. Managers manage everything except members. Agents reply to customers.")


class _MemberForm:
    """Shared by the two forms: the tenant is the person's own unless an operator chooses."""

    user: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields  # type: ignore[attr-defined]
        if "role" in fields:
            fields["role"].help_text = _ROLE_HELP
        if "is_active" in fields:
            fields["is_active"].label, fields["is_active"].help_text = (
                _("Active"), _("Turn this off to block the account without deleting it."),
            )  # fmt: skip
        if "is_superuser" in fields:
            fields["is_superuser"].label = _("Operator")
            fields["is_superuser"].help_text = _("Runs the platform, sees all tenants and belongs to none.")

    def _post_clean(self) -> None:
        person = self.instance  # type: ignore[attr-defined]
        if person._state.adding and self.user.tenant_id:
            person.tenant_id = self.user.tenant_id
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:  # type: ignore[attr-defined]
            try:
                actions.check_standing(person)
            except HubsterError as error:
                add_faults(self, error, _PLACES)  # type: ignore[arg-type]


class MemberAddForm(_MemberForm, UserCreationForm):  # type: ignore[misc]
    """A new person with a password."""

    class Meta:
        model = User
        fields = ("username",)


class MemberChangeForm(_MemberForm, UserChangeForm):  # type: ignore[misc]
    """Names, role, and the switch that blocks an account."""


@admin.register(User)
class MemberAdmin(TenantAdmin, UserAdmin):  # type: ignore[type-arg, misc]
    """A person who logs in. Nobody changes their own role or deletes themselves."""

    tenant_path = "tenant"
    add_rank = change_rank = delete_rank = Rank.OWNER
    form = MemberChangeForm
    add_form = MemberAddForm
    change_password_form = PasswordForm
    add_form_template = "admin/change_form.html"
    list_display = ("username", "tenant", "full_name", "email", "shown_role", "shown_active", "last_seen")
    operator_columns = ("tenant",)
    list_filter = ("role", "is_active", ("tenant", TenantRelatedFilter))
    list_select_related = ("tenant",)
    search_fields = ("username", "email", "first_name", "last_name")
    filter_horizontal = ()
    empty_icon = "group"
    empty_title = _("No members")
    empty_text = _("Add the people who reply to your customers.")

    @column(_("Name"))
    def full_name(self, person: User) -> str:
        """First and last."""
        return person.get_full_name()

    @column(_("Role"), label={User.Role.OWNER: "primary", User.Role.MANAGER: "info", "operator": "warning"})
    def shown_role(self, person: User) -> tuple[str, Any]:
        """For the colour, and in words."""
        return ("operator", _("Operator")) if person.is_superuser else (person.role, person.get_role_display())

    @column(_("Last login"), ordering="last_login")
    def last_seen(self, person: User) -> str:
        return when(person.last_login)

    @column(_("Active"), boolean=True)
    def shown_active(self, person: User) -> bool:
        """False for a blocked account."""
        return person.is_active

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """The fields of the person's rank; permissions come from the role alone."""
        standing = [*(_OPERATOR if is_operator(request) else []), *_PERSON]
        if obj is None:
            standing.remove("is_active")
            return [
                (None, {"fields": _NAMES}),
                (_("Role"), {"fields": standing}),
                (_("Password"), {"fields": ["password1", "password2"]}),
            ]
        password = ["password"] if self.has_change_permission(request, obj) else []
        return [(None, {"fields": [*_NAMES, *password]}), (_("Role"), {"fields": [*standing, "last_seen"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Nobody changes their own standing."""
        own = obj is not None and obj.pk == request.user.pk
        return ["last_seen", *([*_OPERATOR, *_PERSON] if own else [])]

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The form knows who fills it in."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.user = request.user
        return form

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.pk != request.user.pk)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """By the actions."""
        if change:
            values = {name: form.cleaned_data[name] for name in form.changed_data if name != "password"}
            actions.do_update_member(self.stored(obj), values)
        else:
            actions.do_create_member(obj)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """By the action."""
        actions.do_delete_member(obj)
