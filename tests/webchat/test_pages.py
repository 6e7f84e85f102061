"""The sample shop in the demo, a plain page in production, and the error page; all clean under the strict policy."""

import re

import pytest

from portal.demo import guid

INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", re.IGNORECASE)
PAGES = ["/", "/demo/support", "/docs/", "/docs", "/docs/embedding-the-widget", "/nowhere"]


@pytest.fixture
def production(settings):
    settings.PRODUCTION, settings.DEMO = True, False


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_anything_inline_or_from_elsewhere(client, path):
    answer = client.get(path)
    assert "script-src 'self'; style-src 'self'" in answer["Content-Security-Policy"]
    html = answer.content.decode()
    assert INLINE.findall(re.sub(r"<pre>.*?</pre>", "", html, flags=re.S)) == []
    assert re.findall(r'(?:src|href)="(?:https?:)?//(?!www\.standardwebhooks)', html) == []


@pytest.mark.parametrize(("path", "tail"), [("/", "23"), ("/demo/support", "33")])
def test_the_shop_has_the_documented_snippet_with_its_integration(client, path, tail):
    html = client.get(path).content.decode()
    settings_file = re.search(r'src="/static/(site/chat-\w+\.js)"', html)[1]
    order = ["<hubster-webchat></hubster-webchat>", settings_file, "hubster-webchat-1.0.min.js"]
    assert sorted(order, key=html.index) == order
    with open(f"static/{settings_file}") as script:
        assert f"integrationId: '{guid(tail)}'" in script.read()


def test_production_shows_the_way_and_no_demo(client, production):
    html = client.get("/").content.decode()
    assert 'href="/admin/"' in html
    assert 'href="/docs/"' in html
    assert not re.search("demo|hubster-webchat|Kettle", html)


def test_production_has_no_demo_pages(client, production):
    assert client.get("/demo/support").status_code == 404
    assert client.post("/demo/bot", "{}", "application/json").status_code == 404


def test_an_unknown_page_says_so_and_shows_a_way_out(client):
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "Page not found" in answer.content.decode()
    assert 'href="/"' in answer.content.decode()
