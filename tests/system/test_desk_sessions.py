"""The desk's socket ends with the session behind it, on whichever process it is, and with nobody else's."""

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests import live as living

SIGNED_OUT = 4401
PASSWORD = "a long passphrase of a test"


@dataclass
class Browser:
    """Somebody logged in to the admin, by its forms."""

    base: str
    session: requests.Session = field(default_factory=requests.Session)

    def submit(self, path: str, **values: str) -> requests.Response:
        """Send a page's form."""
        self.session.get(self.base + path, timeout=20)
        form = {**values, "csrfmiddlewaretoken": self.session.cookies.get("csrftoken", "")}
        answer = self.session.post(self.base + path, form, timeout=20, allow_redirects=False)
        assert answer.status_code == 302, re.findall(r'class="[^"]*error[^"]*".*', answer.text)
        return answer

    def log_in(self, name: str, password: str) -> "Browser":
        """By the login page."""
        self.submit("/admin/login/", username=name, password=password, next="/admin/desk/")
        return self

    def listen(self, base: str = "") -> ClientConnection:
        """The desk's socket, once the server has greeted it."""
        base = base or self.base
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.session.cookies)
        url = f"{base.replace('http', 'ws', 1)}/admin/desk/events"
        link = connect(url, additional_headers={"Cookie": cookies}, origin=base, proxy=None, open_timeout=20)  # type: ignore[arg-type]
        assert json.loads(link.recv(20)) == {}
        return link


def ending(link: ClientConnection) -> int | None:
    """The code by which the server closes a socket."""
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            link.recv(30)
    assert closed.value.rcvd
    return closed.value.rcvd.code


@pytest.fixture
def owner(live: living.Stack) -> Browser:
    """The operator, who may change everybody."""
    return Browser(live.base).log_in("admin", "admin")


@pytest.fixture
def member(live: living.Stack, owner: Browser) -> Iterator[tuple[str, str]]:
    """A new agent: name, and the path of their page."""
    name = uuid.uuid4().hex
    made = owner.submit("/admin/portal/user/add/", username=name, password1=PASSWORD, password2=PASSWORD,
                        role="agent", tenant="1".rjust(32, "0"))  # fmt: skip
    found = re.search(r"/admin/portal/user/[^/]+/", made.headers["Location"])
    assert found, made.headers["Location"]
    yield name, found[0]


def log_out(owner: Browser, browser: Browser, name: str, page: str) -> None:
    """The agent leaves."""
    browser.session.post(f"{browser.base}/admin/logout/", {"csrfmiddlewaretoken": browser.session.cookies["csrftoken"]},
                         timeout=20)  # fmt: skip


def change_own_password(owner: Browser, browser: Browser, name: str, page: str) -> None:
    """The agent sets a new password, in another window."""
    fresh = {"new_password1": PASSWORD[::-1], "new_password2": PASSWORD[::-1]}
    browser.submit("/admin/password_change/", old_password=PASSWORD, **fresh)


def set_password(owner: Browser, browser: Browser, name: str, page: str) -> None:
    """Somebody else does it for them."""
    owner.submit(f"{page}password/", password1=PASSWORD[::-1], password2=PASSWORD[::-1])


def deactivate(owner: Browser, browser: Browser, name: str, page: str) -> None:
    """They are no longer active."""
    owner.submit(f"{page}change/", username=name, role="agent", tenant="1".rjust(32, "0"))


def delete(owner: Browser, browser: Browser, name: str, page: str) -> None:
    """They are no longer there."""
    owner.submit(f"{page}delete/", post="yes")


@pytest.mark.parametrize("end", [log_out, change_own_password, set_password, deactivate, delete])
def test_what_ends_a_session_closes_its_sockets_in_every_process(live, owner, member, end):
    name, page = member
    browser = Browser(live.base).log_in(name, PASSWORD)
    links = [browser.listen(live.base), browser.listen(live.other)]
    kept = Browser(live.base).log_in("manager", "manager").listen(live.other)
    end(owner, browser, name, page)
    assert [ending(link) for link in links] == [SIGNED_OUT, SIGNED_OUT]
    kept.ping().wait(20)
    kept.close()


@pytest.mark.parametrize("lost", ["is_staff = ?", "tenant_id = NULL, role = '', is_active = NOT ?"])
def test_a_lost_role_closes_the_sockets(live, owner, member, lost):
    name, _ = member
    links = [Browser(live.base).log_in(name, PASSWORD).listen(base) for base in (live.base, live.other)]
    live.change(f"UPDATE portal_user SET {lost} WHERE username = ?", False, name)  # noqa: S608
    assert [ending(link) for link in links] == [SIGNED_OUT, SIGNED_OUT]


def test_a_disabled_tenant_closes_its_members_sockets(live, owner, member):
    name, page = member
    owner.submit(f"{page}change/", username=name, role="agent", is_active="on", tenant="2".rjust(32, "0"))
    link = Browser(live.base).log_in(name, PASSWORD).listen(live.other)
    kept = Browser(live.base).log_in("manager", "manager").listen(live.other)
    try:
        live.change("UPDATE portal_tenant SET enabled = ? WHERE id = ?", False, uuid.UUID(int=2))
        assert ending(link) == SIGNED_OUT
    finally:
        live.change("UPDATE portal_tenant SET enabled = ? WHERE id = ?", True, uuid.UUID(int=2))
    kept.ping().wait(20)
    kept.close()


def test_a_member_who_is_moved_hears_nothing_of_the_old_tenant(live, owner, member, account):
    name, page = member
    link = Browser(live.base).log_in(name, PASSWORD).listen(live.other)
    shop = account.shop()
    assert json.loads(link.recv(20)) == {"hubs": True}
    shop.say(shop.conversation(), "before")
    while "conversations" not in (frame := json.loads(link.recv(20))):
        pass
    owner.submit(f"{page}change/", username=name, role="agent", is_active="on", tenant="2".rjust(32, "0"))
    while json.loads(link.recv(20)) != {"hubs": True}:
        pass
    shop.say(shop.conversation(), "after")
    owner.submit(f"{page}change/", username=name, role="agent", is_active="on", tenant="1".rjust(32, "0"))
    heard = []
    while (frame := json.loads(link.recv(20))) != {"hubs": True}:
        heard.append(frame)
    assert all("conversations" not in frame for frame in heard)
    link.close()


def test_a_log_out_leaves_the_persons_other_browser_alone(live, owner, member):
    name, page = member
    browser, other = (Browser(live.base).log_in(name, PASSWORD) for _ in range(2))
    link, kept = browser.listen(), other.listen()
    log_out(owner, browser, name, page)
    assert ending(link) == SIGNED_OUT
    kept.ping().wait(20)
    kept.close()


def test_a_session_that_is_over_gets_a_code_and_no_greeting(live, owner, member):
    name, page = member
    browser = Browser(live.base).log_in(name, PASSWORD)
    before = browser.session.cookies["sessionid"]
    log_out(owner, browser, name, page)
    url = f"{live.base.replace('http', 'ws', 1)}/admin/desk/events"
    for cookie in (f"sessionid={before}", "sessionid=nonsense", ""):
        headers = {"Cookie": cookie} if cookie else {}
        link = connect(url, additional_headers=headers, origin=live.base, proxy=None, open_timeout=20)
        assert ending(link) == SIGNED_OUT
