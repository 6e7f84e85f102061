"""A canceled hub or integration: operators set and end it in the admin, the API and members can do neither."""

import pytest
from django.test import Client as Browser

from portal.models import AuditEntry, Hub, Integration, User
from tests.two_tenants import codes_of

CANCELED = {"hub": Hub.Status.CANCELED, "integration": Integration.Status.CANCELED}
ACTIVE = {"hub": Hub.Status.ACTIVE, "integration": Integration.Status.ACTIVE}
NOUNS = ["hub", "integration"]


@pytest.fixture
def operator(db):
    """The browser of an operator."""
    person = User(username="op", is_staff=True, is_superuser=True)
    person.set_password("a long enough password")
    person.save()
    browser = Browser()
    browser.force_login(person)
    return browser


def row_of(acme, noun):
    return Hub.objects.get(pk=acme.hub.pk) if noun == "hub" else Integration.objects.get(pk=acme.customer.pk)


def page(acme, noun) -> str:
    return f"/admin/portal/{noun}/{row_of(acme, noun).pk}/change/"


def offered(browser, acme, noun) -> list[int]:
    """The statuses that the form offers."""
    form = browser.get(page(acme, noun)).context["adminform"].form
    return [int(value) for value, _ in form.fields["status"].choices]


def save(browser, acme, noun, status):
    """Fill in the form as it is, with another status."""
    form = browser.get(page(acme, noun)).context["adminform"].form
    shown = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    values = {name: value for name, value in shown.items() if value is not None and value is not False and value != []}
    return browser.post(page(acme, noun), {**values, "status": status})


def say(acme):
    conversation = acme.customer.conversations.first() or acme.establish("b")
    path = f"/inbound/customer/v1/direct/activity/{conversation.pk}"
    return acme.api("engine").post(path, {"message": {"type": "text", "text": "x"}}, format="json")


@pytest.mark.parametrize("noun", NOUNS)
def test_an_operator_cancels_and_ends_it_and_both_are_recorded(acme, operator, noun):
    assert say(acme).status_code == 200
    assert CANCELED[noun] in offered(operator, acme, noun)
    for status, code in ((CANCELED[noun], ["ENG006502"]), (ACTIVE[noun], None)):
        assert save(operator, acme, noun, status).status_code == 302
        assert row_of(acme, noun).status == status
        answer = say(acme)
        assert (codes_of(answer) if answer.status_code != 200 else None) == code
    entries = AuditEntry.objects.filter(object_id=str(row_of(acme, noun).pk), actor_name="op")
    assert entries.count() == 2


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("who", ["owner", "manager"])
def test_a_member_can_neither_set_nor_end_it(acme, noun, who):
    browser, row = acme.browser(who), row_of(acme, noun)
    assert CANCELED[noun] not in offered(browser, acme, noun)
    save(browser, acme, noun, CANCELED[noun])
    assert row_of(acme, noun).status == ACTIVE[noun]
    type(row).objects.filter(pk=row.pk).update(status=CANCELED[noun])
    assert offered(browser, acme, noun) == [CANCELED[noun]]
    save(browser, acme, noun, ACTIVE[noun])
    assert row_of(acme, noun).status == CANCELED[noun]


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("wanted", ["Active", "Paused"])
def test_the_api_cannot_end_it_and_may_change_the_rest(acme, noun, wanted):
    row = row_of(acme, noun)
    type(row).objects.filter(pk=row.pk).update(status=CANCELED[noun])
    path = f"/api/v1/{noun}s/{row.pk}"
    answer = acme.api("portal").put(path, {"name": "Other", "statusId": wanted}, format="json")
    assert (answer.status_code, codes_of(answer)) == (403, ["PRT000110"])
    assert row_of(acme, noun).name == row.name
    assert acme.api("portal").put(path, {"name": "Other"}, format="json").json()["statusId"] == CANCELED[noun]


def test_what_is_new_cannot_be_canceled(operator, acme):
    form = operator.get("/admin/portal/hub/add/").context["adminform"].form
    assert CANCELED["hub"] not in [value for value, _ in form.fields["status"].choices]
