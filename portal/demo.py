"""The demo's data: fixed ids, so that anything can be pointed at it. Seeding again keeps what is there."""

import uuid
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction

from hubster.lib.crypto import secret_digest
from portal.actions.hubs import do_create_hub
from portal.actions.integrations import do_create_integration, do_update_integration
from portal.actions.members import do_create_member
from portal.actions.tenants import do_add_secret, do_create_tenant
from portal.models import ClientSecret, Hub, Integration, Tenant, User

Role = User.Role
_WELCOME = [{"type": "text", "text": "Welcome to Kettle & Fern! How can we help you?"}]
_ORIGINS = ["localhost", "127.0.0.1", "hubster.io"]
DEMO_SECRETS = ("demo-portal-secret", "demo-engine-secret", "other-portal-secret", "other-engine-secret")


class Person(NamedTuple):
    """A member of the demo; the password is the user name."""

    role: str
    first_name: str
    last_name: str


DEMO_USERS = {
    "admin": Person("", "Robin", "Ellery"),  # an operator
    "owner": Person(Role.OWNER, "Ida", "Marsh"),
    "manager": Person(Role.MANAGER, "Noor", "Halden"),
    "agent": Person(Role.AGENT, "Mika", "Larsen"),
}


def guid(tail: str) -> uuid.UUID:
    """`a1` as 00000000-0000-0000-0000-0000000000a1."""
    return uuid.UUID(tail.rjust(32, "0"))


@transaction.atomic
def do_seed() -> None:
    """Make what is missing."""
    for tail, name in (("1", "Demo"), ("2", "Other")):
        _tenant(tail, name)
    _people()
    with_bot = _hub("a1", "1", "Demo shop", "Sales and support; the bot answers first.")
    without_bot = _hub("a2", "1", "Demo support", "Only people answer here.")
    _hub("b1", "2", "Other hub", "Belongs to another tenant.")
    _direct("20", with_bot, "Direct customer", "Customer")
    _direct("21", with_bot, "Direct agent", "Agent", echo=True)
    _direct("22", with_bot, "Demo bot", "Bot", webhookUrl=bot_url())
    _webchat("23", with_bot, "Shop webchat")
    _direct("30", without_bot, "Direct customer", "Customer")
    _direct("31", without_bot, "Direct agent", "Agent", echo=True)
    _webchat("33", without_bot, "Support webchat")


def bot_url() -> str:
    """The demo bot is a page of this very server."""
    return f"http://127.0.0.1:{settings.PORT}/demo/bot"


def _tenant(tail: str, name: str) -> None:
    if Tenant.objects.filter(pk=guid(tail)).exists():
        return
    tenant = do_create_tenant(Tenant(id=guid(tail), name=name))
    for client in tenant.clients.all():
        kind = client.client_id.split(".")[1]
        do_add_secret(client, "demo", value=f"{name.lower()}-{kind}-secret")


def _people() -> None:
    for name, made in DEMO_USERS.items():
        if User.objects.filter(username=name).exists():
            continue
        person = User(username=name, is_staff=True, is_superuser=not made.role, **made._asdict())
        if made.role:
            person.tenant_id = guid("1")
        person.set_password(name)
        do_create_member(person)


def _hub(tail: str, tenant: str, name: str, description: str) -> Hub:
    present = Hub.objects.filter(pk=guid(tail)).first()
    return present or do_create_hub(guid(tenant), {"name": name, "description": description}, fixed_id=guid(tail))


def _integration(tail: str, hub: Hub, channel: str, name: str, configuration: dict[str, Any]) -> None:
    present = Integration.objects.filter(pk=guid(tail)).select_related("hub").first()
    values = {"channel": channel, "name": name, "configuration": configuration}
    if present is None:
        do_create_integration(hub, values, fixed_id=guid(tail))
    elif present.configuration.get("webhookUrl", "").endswith("/demo/bot"):
        do_update_integration(present, {"configuration": configuration})  # the port may be another today


def _direct(tail: str, hub: Hub, name: str, side: str, **more: Any) -> None:
    _integration(tail, hub, "Direct", name, {"integrationType": side, **more})


def _webchat(tail: str, hub: Hub, name: str) -> None:
    _integration(tail, hub, "WebChat", name, {"allowedOrigins": _ORIGINS, "start": _WELCOME})


def demo_credentials_present() -> bool:
    """True if a secret or password of the demo is in the database; production must not start with one."""
    digests = [secret_digest(secret) for secret in DEMO_SECRETS]
    if ClientSecret.objects.filter(digest__in=digests).exists():
        return True
    people = User.objects.filter(username__in=DEMO_USERS)
    return any(person.check_password(person.username) for person in people)
