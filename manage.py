#!/usr/bin/env python
"""Command line of the project."""

import os
import sys


def main() -> None:
    """Run a management command; configuration faults end with one plain sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubster.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as fault:
        sys.exit(f"Hubster cannot start: {fault}")


if __name__ == "__main__":
    main()
