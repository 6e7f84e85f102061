"""The guides of the channels: each channel of a provider has one, and its steps name the fields of its form."""

import pytest

from engine.adapters import Provider, all_adapters
from engine.adapters._business import BusinessProvider
from portal.admin.provider_fields import properties
from tests.e2e.guide_steps import GUIDES, Console, Guide
from webchat import docs

CHANNELS = {one.name: one for one in all_adapters() if isinstance(one, Provider)}


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=lambda channel: channel.name)
def test_every_channel_has_a_guide_with_a_picture(channel: Provider):
    drawn = {guide.channel for guide in GUIDES}
    assert channel.name in drawn or isinstance(channel, BusinessProvider)  # whose form has no values of a provider
    (page,) = [page for page in docs.all_pages() if page.slug == channel.guide]
    assert f"(images/connect-{channel.slug}.png)" in page.text


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.channel)
def test_its_values_go_into_fields_of_that_name(guide: Guide):
    fields = {str(one.title): one.required for one in properties(CHANNELS[guide.channel])}
    values = [value.field for step in guide.steps
              for value in (step.values if isinstance(step, Console) else (step.value,))]  # fmt: skip
    assert set(values) <= set(fields)
    assert set(guide.typed) <= set(fields)
    assert {title for title, required in fields.items() if required} <= set(values) & set(guide.typed)
    assert all(step.chosen in step.menu for step in guide.steps if isinstance(step, Console))
