"""The lock files pin all that the requirements need in turn, one version of each, and name no registry."""

import re
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "requirements.lock": ["requirements.txt"],
    "requirements-s3.lock": ["requirements.txt", "requirements-s3.txt"],
    "requirements-dev.lock": ["requirements.txt", "requirements-dev.txt", "requirements-s3.txt"],
}


def lines(name: str) -> list[str]:
    """The lines of a file, without comments."""
    found = [line.partition("  #")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    return [line for line in found if line and not line.startswith(("#", "-r"))]


def pins(name: str) -> dict[str, str]:
    """Versions by package."""
    found = [Requirement(line) for line in lines(name)]
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in found}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_every_direct_requirement_in_its_version(lock):
    wanted = {name: version for source in LOCKS[lock] for name, version in pins(source).items()}
    assert {name: pins(lock).get(name) for name in wanted} == wanted, "run `make lock`"


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_what_these_need_in_turn(lock):
    locked, seen = pins(lock), set()
    queue = [Requirement(line) for source in LOCKS[lock] for line in lines(source)]
    while queue:
        wanted = queue.pop()
        name = canonicalize_name(wanted.name)
        if (name, *wanted.extras) in seen:
            continue
        seen.add((name, *wanted.extras))
        assert name in locked, f"{name} is not in {lock}: run `make lock`"
        for text in metadata.requires(name) or []:
            needed = Requirement(text)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in ("", *wanted.extras)):
                assert needed.specifier.contains(locked.get(canonicalize_name(needed.name), ""), prereleases=True), text
                queue.append(needed)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_one_version_of_each_and_names_no_registry(lock):
    assert all(re.fullmatch(r"[a-z0-9._-]+(\[[a-z,]+\])?==[A-Za-z0-9.+!]+", line) for line in lines(lock))
    assert "://" not in (ROOT / lock).read_text()
    assert pins(lock).items() <= pins("requirements-dev.lock").items()
