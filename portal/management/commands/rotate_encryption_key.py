"""`manage.py rotate_encryption_key`: encrypts everything anew with the first of HUBSTER_ENCRYPTION_KEYS."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.db.models import Model, QuerySet, TextField, Value
from django.db.models.functions import Cast

from hubster.lib import crypto
from hubster.lib.fields import EncryptedJSONField, EncryptedTextField

BATCH = 100  # values between two lines of progress
MOST_NAMED = 20  # unreadable values that the last sentence names
Cipher = tuple[Any, str]  # primary key, encrypted text


@dataclass
class Column:
    """An encrypted field of a model, seen as the database has it."""

    model: type[Model]
    name: str
    changed: int = 0
    unreadable: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.model.__name__}.{self.name}"

    def rows(self) -> QuerySet[Any]:
        """All values that are there, `cipher` as text that nobody decrypts."""
        found: QuerySet[Any] = self.model._base_manager.annotate(cipher=Cast(self.name, TextField()))
        return found.filter(cipher__isnull=False).order_by("pk")

    def batches(self) -> Iterator[list[Cipher]]:
        """All values in the order of their keys, each batch read when the one before is done."""
        rows = self.rows().values_list("pk", "cipher")
        batch = list(rows[:BATCH])
        while batch:
            yield batch
            batch = list(rows.filter(pk__gt=batch[-1][0])[:BATCH])

    def renew(self, key: Any, cipher: str | None) -> None:
        """Encrypt one value anew, unless somebody changes it meanwhile: then look at it again."""
        while cipher is not None:
            try:
                fresh = crypto.with_newest_key(cipher)
            except InvalidToken:
                self.unreadable.append(f"{self} of {key}")
                return
            if fresh is None:
                return
            if self.rows().filter(pk=key, cipher=cipher).update(**{self.name: Value(fresh, TextField())}):
                self.changed += 1
                return
            cipher = self.rows().filter(pk=key).values_list("cipher", flat=True).first()


def encrypted_columns() -> list[Column]:
    """Every encrypted field of every model that is installed."""
    return [
        Column(model, found.name)
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy and model._meta.managed
        for found in model._meta.local_concrete_fields
        if isinstance(found, EncryptedTextField | EncryptedJSONField)
    ]


class Command(BaseCommand):
    """Goes value by value beside the running service, and may be run again at any time."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Encrypt; the last sentence says whether the other keys may go."""
        columns = encrypted_columns()
        try:
            crypto.encrypt("")
            for column in columns:
                self._renew(column)
        except ValueError:
            raise CommandError(
                "HUBSTER_ENCRYPTION_KEYS contains an invalid key. Make one with `manage.py new_keys`."
            ) from None
        except DatabaseError as fault:
            text = (
                f"The database failed ({type(fault).__name__}). Run the command again: it continues where it stopped."
            )
            raise CommandError(text) from None
        self._conclude(columns)

    def _renew(self, column: Column) -> None:
        done, total = 0, column.rows().count()
        for batch in column.batches():
            for key, cipher in batch:
                column.renew(key, cipher)
            done += len(batch)
            self.stdout.write(f"{column}: {done} of {max(done, total)}")
            self.stdout.flush()

    def _conclude(self, columns: list[Column]) -> None:
        changed = sum(column.changed for column in columns)
        unreadable = [name for column in columns for name in column.unreadable]
        if unreadable:
            named = "\n".join(f"  {name}" for name in unreadable[:MOST_NAMED])
            more = f"\n  and {len(unreadable) - MOST_NAMED} more" if len(unreadable) > MOST_NAMED else ""
            raise CommandError(
                f"{changed} values were re-encrypted. {len(unreadable)} cannot be decrypted with any of the keys and "
                f"were not changed:\n{named}{more}\n"
                "Do not remove any key. Add the missing key to HUBSTER_ENCRYPTION_KEYS and run this command again."
            )
        self.stdout.write(
            f"{changed} values were re-encrypted. Everything can be read with the first key alone: "
            "you can remove the other keys from HUBSTER_ENCRYPTION_KEYS."
        )
