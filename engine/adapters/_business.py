"""Channels on which agents answer: the team's own messenger, with a thread for each conversation."""

from typing import Any, ClassVar

from engine.adapters._base import Provider
from engine.adapters._connecting import Ask, Connected
from engine.adapters._inbound import Author


class BusinessProvider(Provider):
    """A workspace of the business. An owner agrees on the provider's page, which hands out a code for tokens.

    `Envelope.thread` is the thread of the conversation. Where there is none yet, `render` returns the request that
    begins one, marked `opens`; `outcome` tells where it stands, and the message is rendered again for that thread.
    """

    types: ClassVar[tuple[str, ...]] = ("Agent",)
    shows = frozenset()
    configurable = False
    shared_webhook = True

    def authorize_url(self, nonce: str, redirect_uri: str) -> str:
        """The provider's page on which an owner agrees; it sends them on to `redirect_uri`, with code and nonce.

        Raises `Refused` where this installation has no app of the provider.
        """
        raise NotImplementedError

    def renew(self, config: dict[str, Any], ask: Ask) -> Connected:
        """New tokens for the old ones. Raises what `connect` raises."""
        raise NotImplementedError

    def choose_place(self, config: dict[str, Any], wanted: str, ask: Ask) -> dict[str, Any]:
        """The configuration with another place for new threads, by name or id. Raises what `connect` raises."""
        raise NotImplementedError

    def author(self, config: dict[str, Any], author_id: str, ask: Ask) -> Author:
        """The provider's name for a person of the workspace. Raises what `connect` raises."""
        raise NotImplementedError
