"""`python -m tests.error_table`: prints the page; with `--write`, puts it in its place."""

import os
import sys

import django


def main() -> None:
    """Print or write."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubster.settings")
    django.setup()
    from tests.error_table.page import FILE, rendered

    if "--write" in sys.argv[1:]:
        FILE.write_text(rendered())
    else:
        sys.stdout.write(rendered())


if __name__ == "__main__":
    main()
