"""Contacts: people, whatever they write from, and the addresses at which a channel knows them."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models import Hub, Integration
from portal.models.base import TimestampedModel


class Contact(TimestampedModel):
    """A person. One that was merged into another stays, so that the merge can be undone."""

    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(_("name"), max_length=200, blank=True)
    profile = models.JSONField(default=dict, help_text="Known facts, such as email, phone, language.")
    fixed = models.JSONField(default=list, help_text="What the business said: channels change none of it.")
    email = models.CharField(max_length=254, blank=True, help_text="Of the profile, for comparing.")
    phone = models.CharField(max_length=32, blank=True, help_text="Of the profile, its digits.")
    search = models.TextField(blank=True, help_text="Name, email and phone as a search compares them.")
    merged_into = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="merged")

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["-created", "id"]
        indexes = [
            models.Index(
                name="contact_newest", fields=["hub", "-created"], condition=models.Q(merged_into__isnull=True)
            ),
            models.Index(name="contact_email", fields=["hub", "email"], condition=~models.Q(email="")),
            models.Index(name="contact_phone", fields=["hub", "phone"], condition=~models.Q(phone="")),
        ]

    def __str__(self) -> str:
        return self.name or str(self.id)


class Address(TimestampedModel):
    """A contact's address on an integration, and what the channel's rules need to know of it.

    Where its contact was merged, `former` is the one that it belongs to, `contact` the one at the end of all merges.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="addresses")
    former = models.ForeignKey(
        Contact,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        help_text="The contact before it was merged.",
    )
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="addresses", db_index=False)
    scope = models.CharField(max_length=200, blank=True, help_text="Within it the value is unique, such as a page.")
    value = models.CharField(max_length=400)
    last_said = models.BigIntegerField(default=0, help_text="Provider's time of the last message, in milliseconds.")
    reply_token = models.CharField(max_length=400, blank=True)
    reply_until = models.BigIntegerField(default=0, help_text="Milliseconds.")
    read_token = models.CharField(max_length=400, blank=True, default="")
    choices: Any = models.JSONField(null=True, help_text="The newest numbered list, until it is answered.")
    choices_until = models.BigIntegerField(default=0, help_text="Milliseconds.")
    stopped = models.DateTimeField(null=True, help_text="When the person asked to hear nothing more.")

    class Meta:
        constraints = [models.UniqueConstraint(name="address_once", fields=["integration", "scope", "value"])]
        indexes = [models.Index(name="address_value", fields=["value"])]

    def __str__(self) -> str:
        return self.value

    @property
    def home(self) -> Contact:
        """The contact that it belongs to, whatever that was merged into."""
        return self.former or self.contact
