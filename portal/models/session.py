"""Signed-in members of the portal API: what their refresh tokens stand for."""

from django.db import models

from hubster.lib import clock
from portal.models.base import TimestampedModel
from portal.models.tenant import User


class PortalSession(TimestampedModel):
    """One sign-in by password. Its access tokens name it and end with it; of refresh tokens only digests are kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="portal_sessions")
    digest = models.CharField(max_length=64, unique=True)  # of the refresh token that is good now
    standing = models.CharField(max_length=64)  # changes with the password, which ends the session
    expires = models.DateTimeField()

    class Meta:
        ordering = ["-created"]

    @property
    def expired(self) -> bool:
        """True if nobody renewed it in time."""
        return self.expires <= clock.now()
