"""Starts a process of the product with patches applied, for what no signal from outside can hit exactly.

    python -m tests.chaos.launcher die_before_wake_up,clock=/tmp/offset manage.py serve

The product itself has no fail points; see `patches.py` and `mutants.py` for what can be named.
"""

import os
import runpy
import sys

import django


def main() -> None:
    """Patch, then run the program as if it had been started directly."""
    wanted, program, *words = sys.argv[1:]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubster.settings")
    django.setup()
    from tests.chaos import mutants, patches

    known = {**patches.KNOWN, **mutants.KNOWN}
    for item in wanted.split(","):
        name, _, value = item.partition("=")
        known[name](value)
    if program == "-m":
        sys.argv = words
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = [program, *words]
        runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
