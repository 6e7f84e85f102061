"""`python -m bench [GOAL ...]`: measures the goals and writes them into docs/performance.md; without a name, all.

`help` lists them. `--scale 0.1 --rounds 1` is a trial, which writes nothing.
"""

import argparse
import runpy
import sys
import time

from bench import report
from bench.harness import Goal, all_goals, judge, measure

OTHERS = {
    "neighbours": "what bad endpoints cost the others (an hour)",
    "soak": "half an hour of steady load: latencies, failures, memory",
    "validate": "microseconds that validating one activity costs",
}


def main() -> int:
    """Measure what is asked for; 2 when there is no such goal."""
    words = sys.argv[1:]
    if words and words[0] in OTHERS:  # these have options of their own
        sys.argv = [f"bench {words[0]}", *words[1:]]
        runpy.run_module(f"bench.{words[0]}", run_name="__main__")
        return 0
    options = argparse.ArgumentParser(prog="bench", description="Measure the product beside its floors.")
    options.add_argument("goals", nargs="*", help="names of goals, or help")
    options.add_argument("--rounds", type=int, help="instead of each goal's own number")
    options.add_argument("--scale", type=float, default=1.0, help="below 1: a trial that writes nothing")
    given = options.parse_args(words)
    known = all_goals()
    unknown = [name for name in given.goals if name not in known]
    if unknown:
        if unknown != ["help"]:
            print(f"There is no goal named {', '.join(unknown)}.")
        print(listing(known))
        return 0 if unknown == ["help"] else 2
    for name in given.goals or known:
        run(known[name], given.rounds or known[name].rounds, given.scale)
    return 0


def run(goal: Goal, rounds: int, scale: float) -> None:
    """Measure one goal, print it, and keep it unless it was a trial."""
    print(f"{goal.name}: {goal.measures}", flush=True)
    began = time.monotonic()
    rows = judge(goal, measure(goal, rounds, scale, lambda line: print(line, flush=True)))
    print(report.table(goal.name, rows))
    print(f"({time.monotonic() - began:.0f} s)\n", flush=True)
    if scale >= 1:
        report.keep(goal, rounds, rows)


def listing(known: dict[str, Goal]) -> str:
    """The names with what they measure."""
    lines = [f"  {goal.name:12} {goal.measures}" for goal in known.values()]
    lines += [f"  {name:12} {text}" for name, text in OTHERS.items()]
    return "\n".join(["make bench runs all goals; make bench GOAL=NAME runs one of these:", *lines])


if __name__ == "__main__":
    sys.exit(main())
