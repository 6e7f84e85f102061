"""Secrets in addresses that were stored before they were masked: the migrations mask them."""

from importlib import import_module

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from engine.models import Delivery
from portal.models import AuditEntry
from tests.engine.test_secret_addresses import HOST, SECRET, everything


def test_attempts_and_entries_from_before_lose_them_too(pair):
    delivery = Delivery.objects.filter(tries__isnull=False).first()
    url = f"{HOST}/hook/{SECRET}"
    old = delivery.tries.create(
        number=9, started=delivery.created, request={"url": url, "body": "{}"},
        response={"status": 404, "headers": {"location": url}, "body": f"No /hook/{SECRET}"},
    )  # fmt: skip
    kept = {"configuration.webhookUrl": url, "name": "CRM"}
    AuditEntry.objects.create(
        tenant_id=pair.acme.tenant.id, by="member", actor_name="x", action="integration.updated", object_id="1",
        object_name="CRM", before=kept, after=None,
    )  # fmt: skip
    assert SECRET in everything()
    newest = [("portal", "0014_audit_addresses_masked"), ("engine", "0015_attempts_masked")]
    apps, editor = MigrationLoader(connection).project_state(newest).apps, connection.schema_editor()
    for app, name in newest:
        import_module(f"{app}.migrations.{name}").fill(apps, editor)
    assert SECRET not in everything()
    old.refresh_from_db()
    assert (old.request["url"], old.request["body"]) == (f"{HOST}/***", "{}")
    assert AuditEntry.objects.get(object_id="1").before == {**kept, "configuration.webhookUrl": f"{HOST}/(hidden)"}
