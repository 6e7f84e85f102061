"""Every list of the admin finds names in any case and spelling, of the person's own tenant only."""

import pytest

from portal.models import Hub, User

FIELDS = ("portal/hub", "portal/integration", "portal/user")


def make(party, path: str, name: str) -> None:
    if path == "portal/hub":
        Hub.objects.create(tenant=party.tenant, name=name, description="x")
    elif path == "portal/integration":
        party.add("Direct", name, integrationType="Bot")
    else:
        User.objects.create(username=name, tenant=party.tenant, role="agent", is_staff=True)


@pytest.mark.parametrize("path", FIELDS)
@pytest.mark.parametrize(("name", "asked"), [("Кафе", "кАФЕ"), ("Cafe\u0301", "café"), ("ÖZGÜR", "özgür")])
def test_a_name_is_found_however_it_is_spelt(acme, globex, path, name, asked):
    make(acme, path, f"{name} one")
    make(globex, path, f"{name} two")
    page = acme.browser("owner").get(f"/admin/{path}/", {"q": asked}).content.decode()
    assert f"{name} one" in page
    assert f"{name} two" not in page
    none = acme.browser("owner").get(f"/admin/{path}/", {"q": f"{asked} nobody"}).content.decode()
    assert f"{name} one" not in none
