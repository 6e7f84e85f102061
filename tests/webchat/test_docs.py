"""The documentation's pages, and that what they say is so."""

import re
from pathlib import Path

import pytest

from webchat import bundle, docs

SLUGS = [page.slug for page in docs.all_pages()]
VARIABLE = re.compile(r"""(?:env\.\w+|_number|_choice|_secret)\(\s*"([A-Z_]+)\"""")


@pytest.mark.parametrize("slug", SLUGS)
def test_every_link_of_a_page_leads_somewhere(client, slug):
    answer = client.get(f"/docs/{slug}")
    assert answer.status_code == 200
    html = answer.content.decode()
    for target in set(re.findall(r'href="(/docs/[^"]*|#[^"]*)"', html)):
        path, _, anchor = target.partition("#")
        other = client.get(path).content.decode() if path else html
        assert not anchor or f'id="{anchor}"' in other, target
        assert "Page not found" not in other, target


@pytest.mark.parametrize("slug", SLUGS)
def test_every_page_is_in_the_sidebar_of_every_page(client, slug):
    html = client.get(f"/docs/{slug}").content.decode()
    for other in docs.all_pages():
        assert f'<a href="/docs/{other.slug}"' in html
    assert f'<a href="/docs/{slug}" aria-current="page">' in html


@pytest.mark.parametrize("slug", SLUGS)
def test_pages_fit_the_reader(slug):
    text = (docs.FOLDER / f"{slug}.md").read_text()
    assert text.startswith("# ")
    assert text.count("\n") < 300
    assert max(map(len, text.splitlines())) <= 160


def test_the_first_page_is_how_to_start(client):
    assert client.get("/docs/").content == client.get("/docs/getting-started").content


def test_an_unknown_page_is_not_found(client):
    assert client.get("/docs/nothing").status_code == 404
    assert client.get("/docs/../README").status_code == 404


def test_raw_html_is_shown_as_text():
    html, _ = docs.rendered(
        "# T\n\n<script>alert(1)</script>\n\nan <img src=x onerror=alert(1)> image\n\n<div>block</div>"
    )
    assert "<script" not in html
    assert "<img" not in html
    assert "<div" not in html
    assert "&lt;script&gt;" in html


def test_tables_have_no_style_attributes():
    html, _ = docs.rendered("| a | b |\n| --- | ---: |\n| 1 | 2 |")
    assert "<table>" in html
    assert "style=" not in html


def test_the_readers_own_server_and_the_present_build_are_filled_in(client, settings):
    settings.PUBLIC_URL = "https://chat.example.com"
    html = client.get("/docs/embedding-the-widget").content.decode()
    assert f"https://chat.example.com{bundle.current().versioned_path}" in html
    assert bundle.current().integrity in html
    assert docs.WRITTEN_ORIGIN not in html


def test_every_environment_variable_is_documented():
    read = set(VARIABLE.findall(Path("hubster/settings.py").read_text()))
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", (docs.FOLDER / "operating.md").read_text(), re.MULTILINE))
    assert len(read) > 10
    assert told == read


def test_the_readme_names_every_document_and_folder():
    text = Path("README.md").read_text()
    assert set(re.findall(r"\]\(docs/([\w-]+)\.md\)", text)) == set(SLUGS)
    for folder in re.findall(r"`(\w+)/`", text.partition("## Docs")[0]):
        assert any(Path(base, folder).is_dir() for base in (".", "hubster", "webchat", "tests")), folder
