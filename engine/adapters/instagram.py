"""Instagram: one professional account, one integration; Messenger's API and rules with other limits.

The surprise: tokens of Instagram's own login begin with IG, go to a host of their own and take no proof of the app's
secret. Tokens of a linked Facebook page are used as Messenger's are.
"""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from engine.adapters._connecting import Ask
from engine.adapters._meta import PageConfig, setting
from engine.adapters._meta_buttons import Limits
from engine.adapters._shapes import OF_SERVER, Opaque
from engine.adapters._text import utf8
from engine.adapters.messenger import Account, Messenger

_FIELDS = "messages,messaging_postbacks,messaging_seen,messaging_referral,message_reactions,standby"


class Config(PageConfig):
    """The app's dashboard at developers.facebook.com: Instagram, API setup, "Generate access tokens"."""

    access_token: Opaque = Field(title="Access token", description="Of the account, or of its linked Facebook page.")
    account_id: str | None = Field(**OF_SERVER)


class Instagram(Messenger):
    """Facts of the Instagram channel, and what differs from Messenger."""

    name, number, config, configurable = "Instagram", 107, Config, True
    colour = "#a62b72"
    title, icon, sentence = "", "photo_camera", gettext_lazy("Customers write to your Instagram account.")
    secret_keys, token_key, account_key = ("accessToken", "appSecret"), "accessToken", "accountId"
    person_fields = "name,username"
    limits = Limits("Instagram", 1000, utf8, files=False, calls=False, replies_below_all=False)

    def chat_link(self, config: dict[str, Any]) -> str:
        """Unknown: it is made of the account's name, which may change."""
        return ""

    def origin(self, config: dict[str, Any]) -> str:
        login = "https://graph.instagram.com" if self.is_of_login(config) else self.api
        return setting("HUBSTER_INSTAGRAM_API").rstrip("/") or login

    def is_of_login(self, config: dict[str, Any]) -> bool:
        return str(config["accessToken"]).startswith("IG")

    def account_of(self, config: dict[str, Any], ask: Ask) -> Account:
        if self.is_of_login(config):
            me = self.asked(ask, config, "GET", "me", fields="user_id,username")
            me = (me.get("data") or [me])[0]
            found = self.found_id(me, "user_id")
            return Account(found, str(me.get("username") or found), "me", {"accountId": found}, _FIELDS)
        page = self.asked(ask, config, "GET", "me", fields="id,instagram_business_account{id,username}")
        linked, page_id = page.get("instagram_business_account") or {}, self.found_id(page)
        found = self.found_id(linked, why=_("The token's page has no professional Instagram account. Link one to it."))
        return Account(found, str(linked.get("username") or found), page_id, {"accountId": found, "pageId": page_id})

    def sharers(self, config: dict[str, Any], ask: Ask) -> list[tuple[str, str]]:
        """The page of a page's token."""
        return [("Messenger", str(config["pageId"]))] if config.get("pageId") else []


ADAPTER = Instagram()
