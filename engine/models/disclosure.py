"""Disclosures: when a customer was told that a bot replies, and in which way."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from engine.models.conversation import Conversation
from engine.models.delivery import Delivery
from portal.models import Hub


class Disclosure(models.Model):
    """Of a conversation on a provider's channel, a line for each time; of others, their first message of a bot.

    A line is stored before the first call that carries it, and counts as told when the channel has taken it.
    """

    class Way(models.TextChoices):
        """The ways to tell: a line in front of the message, a mark beside it, or a property that software reads."""

        LINE = "line", _("Line before the message")
        MARK = "mark", _("Name and mark beside each message")
        PROPERTY = "property", _("Property of each message")

    class Reason(models.TextChoices):
        """The occasions on which a line is said."""

        FIRST = "first", _("First message of the bot")
        SILENCE = "silence", _("After a long silence")
        HANDBACK = "handback", _("After a person")

    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="+", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="disclosures", db_index=False)
    delivery = models.OneToOneField(Delivery, on_delete=models.CASCADE, related_name="disclosure")
    event_id = models.BigIntegerField(help_text="eventId of the bot's message.")
    way = models.CharField(max_length=8, choices=Way.choices)
    reason = models.CharField(max_length=8, choices=Reason.choices, default=Reason.FIRST)
    language = models.CharField(max_length=2, blank=True)
    text = models.CharField(max_length=300, blank=True, help_text="The line. Empty = a mark or a property.")
    replays = models.PositiveSmallIntegerField(default=0, help_text="Replays of the delivery when it was decided.")
    told = models.DateTimeField(null=True, help_text="When the channel took it. Empty = it has not.")

    class Meta:
        verbose_name = _("bot disclosure")
        verbose_name_plural = _("bot disclosures")
        constraints = [
            models.UniqueConstraint(
                name="disclosure_shown_once", fields=["conversation"], condition=~models.Q(way="line")
            )
        ]
        indexes = [
            models.Index(name="disclosure_of_conversation", fields=["conversation", "event_id"]),
            models.Index(name="disclosure_of_hub", fields=["hub", "told"], condition=models.Q(told__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.text or self.get_way_display()
