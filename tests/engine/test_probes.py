"""Test messages to endpoints: a tenant tries two at once in a process, so that they cannot take all of its threads."""

from hubster.lib.http_policy import ConnectFailure
from tests.two_tenants import codes_of


def press(party, end=None):
    path = f"/api/v1/integrations/{(end or party.observer).id}/endpoint/test"
    return party.api("portal").post(path)


def test_a_third_test_at_once_is_asked_to_wait_and_a_neighbours_is_not(observed, globex, fake_http):
    other = observed.add("System", "Other", webhookUrl="http://127.0.0.1:8099/other", events=["message"])
    globex.observer = globex.add("System", "Theirs", webhookUrl="http://127.0.0.1:8099/hook", events=["message"])
    seen = []

    def third() -> int:
        seen.extend([press(observed), press(observed, other), press(globex)])
        return 200

    fake_http.answers = [lambda: press(observed).status_code, third]
    assert press(observed).json()["status"] == 200
    mine, same_tenant, theirs = seen
    assert (mine.status_code, codes_of(mine), mine["Retry-After"]) == (429, ["PRT000107"], "10")
    assert "test" in mine.json()["errors"][0]["description"]
    assert same_tenant.status_code == 429
    assert theirs.status_code == 200
    assert len(fake_http.sent) == 3


def test_a_test_that_fails_gives_its_place_back(observed, fake_http):
    fake_http.answers = [ConnectFailure("The connection was refused."), 500, KeyError("a fault of ours"), 200]
    api = observed.api("portal")
    api.raise_request_exception = False
    path = f"/api/v1/integrations/{observed.observer.id}/endpoint/test"
    assert [api.post(path).status_code for _ in range(4)] == [200, 200, 500, 200]
