"""Files and connections that the system lets a serving process have."""

import resource

BACKLOG = 1024  # connections that may wait for being taken
OPEN_FILES = 65_536


def raise_open_files() -> None:
    """Use as many files and connections as the system allows this process, up to what we could serve."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
