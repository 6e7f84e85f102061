"""The pictures of the documentation's pages."""

import re

import pytest

from webchat import docs

MOST_BYTES, MOST_IN_ALL = 100_000, 2_500_000
STARTS = {"png": ("image/png", b"\x89PNG"), "svg": ("image/svg+xml", b"<svg ")}
PICTURES = sorted(path.name for path in (docs.FOLDER / "images").iterdir())
SHOWN = [(page.slug, *found) for page in docs.all_pages() for found in re.findall(r"!\[(.*?)\]\((.*?)\)", page.text)]


@pytest.mark.parametrize(("slug", "name", "target"), SHOWN)
def test_every_picture_of_a_page_is_served_and_has_a_name(client, slug, name, target):
    assert name
    assert f'src="/docs/{target}"' in client.get(f"/docs/{slug}").content.decode()
    answer = client.get(f"/docs/{target}")
    kind, start = STARTS[target.rpartition(".")[2]]
    assert answer["Content-Type"] == kind
    assert b"".join(answer.streaming_content).startswith(start)


def test_every_picture_is_shown_and_small():
    assert {target for _, _, target in SHOWN} == {f"images/{name}" for name in PICTURES}
    sizes = [(docs.FOLDER / "images" / name).stat().st_size for name in PICTURES]
    assert max(sizes) < MOST_BYTES
    assert sum(sizes) < MOST_IN_ALL


@pytest.mark.parametrize(
    "name", ["nothing.png", "../getting-started.md", "..%2f..%2fREADME.md", "%2e%2e/README.md", "a.svg"]
)
def test_nothing_else_is_served(client, name):
    answer = client.get(f"/docs/images/{name}")
    assert answer.status_code == 404
    assert not answer.streaming
