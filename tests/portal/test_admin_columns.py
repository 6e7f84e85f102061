"""No column of any list shows a raw value: no method is hidden by a field, no moment or number of ours is bare."""

import pytest
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.urls import reverse

from portal.admin.base import TenantAdmin
from portal.shown import when

PAGES = [page for page in admin.site._registry.values() if isinstance(page, TenantAdmin)]
BARE = (models.DateField, models.TimeField, models.JSONField, models.UUIDField, models.BigIntegerField)


def field_of(page, name):
    try:
        return page.model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def is_hidden(page, name) -> bool:
    """The admin prefers a model's field to a method of the page with the same name."""
    return field_of(page, name) is not None and callable(getattr(type(page), str(name), None))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.model.__name__)
def test_no_method_of_a_list_is_hidden_by_a_field(page):
    assert [name for name in page.list_display if is_hidden(page, name)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.model.__name__)
def test_no_field_is_shown_as_it_is_stored(page):
    found = [name for name in page.list_display if isinstance(field_of(page, name), BARE)]
    numbers = [field_of(page, name) for name in page.list_display]
    found += [row.name for row in numbers if isinstance(row, models.IntegerField) and "status" in row.name]
    assert found == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.model.__name__)
def test_lists_count_nothing_twice(page):
    assert page.show_full_result_count is False
    assert page.show_facets is admin.ShowFacets.NEVER


def test_the_check_sees_a_hidden_method():
    class Shadow:
        model = PAGES[0].model

    field = next(row.name for row in Shadow.model._meta.fields if row.name != "id")
    setattr(Shadow, field, lambda page, row: "")
    assert is_hidden(Shadow(), field)


def test_the_page_of_a_member_shows_the_last_login_as_the_list_does(acme):
    person = acme.people["agent"]
    acme.browser("agent")
    person.refresh_from_db()
    shown = acme.browser("owner").get(reverse("admin:portal_user_change", args=[person.pk])).content.decode()
    assert str(when(person.last_login)) in shown
