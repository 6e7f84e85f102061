"""The room that files take, for the pages of hubs and tenants: how much, of how much."""

import uuid
from dataclasses import dataclass

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext, ngettext

from portal.actions.usage import most_of
from portal.models import FileUse, Hub

NEARLY_FULL = 80  # percent


@dataclass(frozen=True)
class Use:
    """A line of the page: `percent` is None without a limit."""

    label: str
    text: str
    percent: int | None = None
    is_full: bool = False

    @property
    def tone(self) -> str:
        """The colour of its bar."""
        if self.is_full:
            return "danger"
        return "warning" if (self.percent or 0) >= NEARLY_FULL else "success"


def uses_of_hub(hub: Hub) -> list[Use]:
    """The hub's own room and its tenant's, which all of its hubs share."""
    kinds = {FileUse.Kind.HUB: (hub.pk, gettext("This hub")), FileUse.Kind.TENANT: (hub.tenant_id, gettext("All hubs"))}
    rows = {row.kind: row for row in FileUse.objects.filter(owner__in=[owner for owner, _ in kinds.values()])}
    return [_use(kind, rows.get(kind), label) for kind, (_, label) in kinds.items()]


def uses_of_tenant(tenant_id: uuid.UUID) -> list[Use]:
    """The tenant's room."""
    row = FileUse.objects.filter(kind=FileUse.Kind.TENANT, owner=tenant_id).first()
    return [_use(FileUse.Kind.TENANT, row, gettext("All hubs"))]


def use_of_visitor(visitor_id: uuid.UUID) -> Use:
    """The room of one visitor's files."""
    row = FileUse.objects.filter(kind=FileUse.Kind.VISITOR, owner=visitor_id).first()
    return _use(FileUse.Kind.VISITOR, row, gettext("Files of this visitor"))


def short_use(used: int | None) -> str:
    """Used and allowed, for a tenant's cell in the list."""
    most = most_of(FileUse.Kind.TENANT)
    return f"{filesizeformat(used or 0)} / {filesizeformat(most)}" if most else filesizeformat(used or 0)


def _use(kind: str, row: FileUse | None, label: str) -> Use:
    used, files, most = (row.bytes, row.files, most_of(kind)) if row else (0, 0, most_of(kind))
    words = {"used": filesizeformat(used), "most": filesizeformat(most), "files": f"{files:,}"}
    if not most:
        text = ngettext("%(used)s in %(files)s file, no limit", "%(used)s in %(files)s files, no limit", files)
        return Use(label, text % words)
    text = ngettext("%(used)s of %(most)s in %(files)s file", "%(used)s of %(most)s in %(files)s files", files)
    return Use(label, text % words, min(100, -(-100 * used // most)), used * 100 >= most * 99)
