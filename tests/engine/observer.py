"""A System webhook that observes a hub, and a fake of the outgoing HTTP calls that keeps what was sent."""

import json

from asgiref.sync import sync_to_async

from engine.models import Lane
from hubster.lib.http import Answer
from tests.background import do_run
from tests.cast import TenantFixture


class FakeHttp:
    """Takes the place of outgoing HTTP: answers as it was set to and keeps what was sent."""

    def __init__(self) -> None:
        self.answers: list[object] = []
        self.sent: list[object] = []

    async def asend(self, request, policy):
        """As workers call the door; what stands for an answer may use the test's own database connection."""
        return await sync_to_async(self)(request, policy)

    def __call__(self, request, policy):
        self.sent.append(request)
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answer = answer()
        return Answer(answer, {"Content-Type": "text/plain"}, b"seen", False, 3, "127.0.0.1")


def say(party: TenantFixture, conversation, *words: str) -> None:
    for word in words:
        body = {"message": {"type": "text", "text": word}}
        path = f"/inbound/customer/v1/direct/activity/{conversation.id}"
        assert party.api("engine").post(path, body, format="json").status_code == 200
    do_run(conversation.id)


def lane_of(party: TenantFixture) -> Lane:
    return Lane.objects.get(destination=party.observer)


def texts(fake_http: FakeHttp) -> list[str]:
    return [json.loads(request.body)["activities"][0]["message"]["text"] for request in fake_http.sent]
