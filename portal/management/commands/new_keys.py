"""`manage.py new_keys`: fresh secrets for a production configuration."""

import secrets
from typing import Any

from cryptography.fernet import Fernet
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    """Prints the three secrets as environment lines; nothing is stored. Run it where nothing is configured yet."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """`--encryption` is for a rotation."""
        parser.add_argument("--encryption", action="store_true", help="print one new encryption key and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        encryption = Fernet.generate_key().decode()
        if options["encryption"]:
            self.stdout.write(encryption)
            return
        self.stdout.write(f"SECRET_KEY={secrets.token_urlsafe(48)}")
        self.stdout.write(f"HUBSTER_HASH_KEY={secrets.token_urlsafe(32)}")
        self.stdout.write(f"HUBSTER_ENCRYPTION_KEYS={encryption}")
