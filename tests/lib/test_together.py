"""Several writes as one statement: all or none, and on SQLite one after the other."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from hubster.lib import sql
from portal.models import Hub, Tenant

pytestmark = pytest.mark.django_db
ONE = {"postgresql": 1, "sqlite": 3}


def writes(seen) -> list[str]:
    return [query["sql"] for query in seen if query["sql"].startswith(("WITH", "INSERT", "UPDATE", "DELETE"))]


def test_what_is_written_together_is_one_statement_where_that_can_be(acme):
    hub, tenant = Hub(tenant=acme.tenant, name="New ü%s"), acme.tenant
    tenant.name = "Renamed"
    with CaptureQueriesContext(connection) as seen, transaction.atomic(), sql.together():
        sql.insert(hub)
        sql.update(tenant, ["name", "modified"])
        sql.write(f"UPDATE {sql.name(Hub)} SET description = %s WHERE id = %s",
                  ["100 %", sql.value(Hub, "id", acme.hub.pk)])  # fmt: skip
        assert not Hub.objects.filter(pk=hub.pk).exists() or connection.vendor == "sqlite"
    assert len(writes(seen)) == ONE[connection.vendor]
    found = Hub.objects.get(pk=hub.pk)
    assert (found.name, found.created.date(), found.status) == ("New ü%s", hub.created.date(), hub.status)
    assert Tenant.objects.get(pk=tenant.pk).name == "Renamed"
    assert Hub.objects.get(pk=acme.hub.pk).description == "100 %"


def test_a_fault_within_writes_nothing_and_leaves_nothing_behind(acme):
    with pytest.raises(ZeroDivisionError), transaction.atomic(), sql.together():
        sql.insert(Hub(tenant=acme.tenant, name="Lost"))
        raise ZeroDivisionError
    assert not Hub.objects.filter(name="Lost").exists()
    sql.insert(Hub(tenant=acme.tenant, name="Next"))
    assert Hub.objects.filter(name="Next").exists()


def test_within_another_one_there_is_still_one(acme):
    with CaptureQueriesContext(connection) as seen, transaction.atomic(), sql.together():
        with sql.together():
            sql.insert(Hub(tenant=acme.tenant, name="Inner"))
        sql.insert(Hub(tenant=acme.tenant, name="Outer"))
    assert len(writes(seen)) == (1 if connection.vendor == "postgresql" else 2)
    assert Hub.objects.filter(name__in=["Inner", "Outer"]).count() == 2


def test_one_that_cannot_be_written_takes_the_others_along(acme):
    hub = Hub(tenant=acme.tenant, name="Twice")
    sql.insert(hub)
    with pytest.raises(IntegrityError), transaction.atomic(), sql.together():
        sql.insert(Hub(tenant=acme.tenant, name="First"))
        sql.insert(hub)
    assert not Hub.objects.filter(name="First").exists()


def test_nothing_within_is_no_statement():
    with CaptureQueriesContext(connection) as seen, sql.together():
        pass
    assert not writes(seen)
