"""The content policy of pages names the origins that they connect to."""

import pytest


def connects_to(client, path: str, **more: str) -> str:
    """The connect-src of a page's policy."""
    policy = client.get(path, **more)["Content-Security-Policy"]
    return next(part.strip() for part in policy.split(";") if part.strip().startswith("connect-src"))


@pytest.mark.parametrize("path", ["/admin/login/", "/nowhere", "/docs/"])
@pytest.mark.parametrize(("public", "scheme"), [("http://testserver", "ws"), ("https://testserver", "wss")])
def test_pages_connect_to_their_own_host_and_its_sockets(db, client, settings, path, public, scheme):
    settings.PUBLIC_URL = public
    assert connects_to(client, path) == f"connect-src 'self' {scheme}://testserver"


def test_a_host_that_is_not_ours_is_not_named(db, client):
    assert connects_to(client, "/", headers={"host": "evil.example"}) == "connect-src 'self'"
