"""How many examples are tried: by default some, always the same; by command all, always others."""

import os

from hypothesis import HealthCheck, Phase, settings

VARIABLE = "HUBSTER_STATE_EXAMPLES"  # read by these tests only
STEPS = 50
FULL = 500
_given = os.environ.get(VARIABLE)
SIZE = settings(
    max_examples=int(_given or 16),
    stateful_step_count=STEPS,
    derandomize=not _given,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
    print_blob=False,
)
