"""A browser tab with a visitor's token, as tests of web chats use it."""

import uuid

from rest_framework.test import APIClient

from engine.sockets.feed import FeedQuery, open_feed
from hubster.lib.errors import HubsterError
from portal.identity import tokens
from tests.two_tenants import webchat_token


class Tab:
    """A browser tab with a token."""

    def __init__(self, pair, token=None) -> None:
        self.end = pair.acme.webchat
        self.token = token or webchat_token(pair.acme)
        self.client = APIClient(raise_request_exception=False)
        self.client.credentials(HTTP_AUTHORIZATION=f"WebBearer {self.token}")

    def asks(self, binding: str, **more):
        body = {"integrationId": str(self.end.id), "binding": binding, "channelType": "WebChat", **more}
        return self.client.post("/api/v1/conversations/establish", body, format="json")

    def establish(self, binding: str, **more) -> str:
        answer = self.asks(binding, **more)
        assert answer.status_code == 200, answer.content
        return str(answer.json()["conversationId"])

    def say(self, conversation_id: str, **body):
        content = body or {"message": {"type": "text", "text": "Hi"}}
        return self.client.post(f"/inbound/customer/v1/web-chat/{conversation_id}", content, format="json")

    def read(self, conversation_id: str):
        return self.client.get(f"/api/v1/interactions/activities/{conversation_id}?type=customer")

    def listens(self, conversation_id: str) -> bool:
        caller = tokens.visitor(tokens.read(self.token))
        try:
            open_feed(caller, FeedQuery(self.end.id, uuid.UUID(conversation_id), None), 0)
        except HubsterError as error:
            assert error.faults[0].code == "ENG006500"
            return False
        return True

    def may(self, conversation_id: str) -> tuple[int, int, bool]:
        status = self.say(conversation_id).status_code, self.read(conversation_id).status_code
        return (*status, self.listens(conversation_id))
