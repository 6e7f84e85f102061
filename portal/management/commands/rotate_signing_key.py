"""`manage.py rotate_signing_key`: a new key for the tokens to come; tokens that are out stay good."""

from argparse import ArgumentTypeError
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hubster.lib.ids import parse_guid
from portal.identity import rotation
from portal.identity.rotation import TOKEN_LIFE, Standing


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 5:
        raise ArgumentTypeError(f"'{text}' is not a whole number of days")
    return int(text)


def _kid(text: str) -> UUID:
    found = parse_guid(text)
    if found is None:
        raise ArgumentTypeError(f"'{text}' is not the id of a key")
    return found


class Command(BaseCommand):
    """Makes a key and retires those whose tokens are all over, or retires one key at once."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Which keys to retire."""
        either = parser.add_mutually_exclusive_group()
        text = "retire keys that were replaced so many days ago (as many as a token lives, when not given)"
        either.add_argument(
            "--retire-older-than", type=_days, metavar="DAYS", default=TOKEN_LIFE // timedelta(days=1), help=text
        )
        text = "retire this key now because it has leaked; create no new key"
        either.add_argument("--retire", type=_kid, metavar="KID", help=text)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and tell how things stand."""
        if options["retire"]:
            self._retire(options["retire"])
        else:
            self._rotate(timedelta(days=options["retire_older_than"]))
        self.stdout.write("Active keys:")
        for standing in rotation.standings():
            self.stdout.write(f"  {standing.key.id}  {_told(standing)}")

    def _rotate(self, retire_after: timedelta) -> None:
        made, retired = rotation.do_rotate(retire_after)
        self.stdout.write(f"Created key {made.id}.")
        for key in retired:
            self._tell_retired(key.id)

    def _retire(self, kid: UUID) -> None:
        try:
            made = rotation.do_retire(kid)
        except rotation.NoSuchKey:
            raise CommandError(f"No active key has the id {kid}; nothing was changed.") from None
        self._tell_retired(kid)
        if made:
            self.stdout.write(f"It was the last one, so key {made.id} was created to replace it.")

    def _tell_retired(self, kid: UUID) -> None:
        self.stdout.write(f"Retired key {kid}: tokens that it signed are refused within a minute.")


def _told(standing: Standing) -> str:
    if standing.signs:
        return "signs"
    if standing.signs_from:
        return f"published; signs from {_shown(standing.signs_from)}"
    assert standing.replaced is not None
    return f"verifies only; its last token can be used until {_shown(standing.replaced + TOKEN_LIFE)}"


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
