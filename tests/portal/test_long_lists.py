"""Lists of a tenant with ten thousand of everything: a page costs what a page of a short list costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hubster.lib.ids import random_key_hex
from portal.identity import keys
from portal.models import Hub, Integration, SigningKey

MANY = 10_000
PATHS = [
    "/api/v1/hubs?pageSize=100",
    "/api/v1/integrations?pageSize=100",
    "/api/v1/integrations?pageSize=100&hubId={hub}",
]


def cost(api, path: str) -> tuple[int, int]:
    """(statements, rows shown)."""
    with CaptureQueriesContext(connection) as seen:
        answer = api.get(path)
    return len(seen), len(answer.json()["results"])


@pytest.fixture
def api(pair):
    """A client of the portal."""
    return pair.clients["portal"]


def fill(party) -> None:
    """Ten thousand hubs, and ten thousand signed integrations in the party's own."""
    Hub.objects.bulk_create(
        Hub(tenant=party.tenant, name=f"Hub {number:05}", description="One of many") for number in range(MANY)
    )
    rows = Integration.objects.bulk_create(
        Integration(
            hub=party.hub, type="Agent", channel="Direct", name=f"Agent {number:05}", configuration={"echo": True}
        )
        for number in range(MANY)
    )
    SigningKey.objects.bulk_create(
        SigningKey(integration=row, public_key=random_key_hex(), private_key=random_key_hex()) for row in rows
    )


def test_a_page_of_ten_thousand_costs_as_many_statements_as_one_of_three(pair, api, monkeypatch):
    monkeypatch.setattr(keys, "CACHE_SECONDS", 3600)  # or a slow machine reads the keys of tokens again on the way
    paths = [path.format(hub=pair.own.hub_id) for path in PATHS]
    few = [cost(api, path)[0] for path in (paths[0], *paths)][1:]  # the first call reads the keys of tokens
    fill(pair.acme)
    for page in (0, 50, 99):
        many = [cost(api, f"{path}&pageNumber={page}") for path in paths]
        assert [rows for _, rows in many] == [100, 100, 100]
        assert [statements for statements, _ in many] == few
    assert max(few) <= 5
