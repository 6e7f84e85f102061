"""The product under faults: processes are killed, data stores fail, receivers misbehave, and everything is counted.

make chaos                        the quick profile, at most 15 minutes
make chaos PROFILE=full           at most 80 minutes
python -m tests.chaos ci          a subset of under 3 minutes
python -m tests.chaos quick F4 F7 some faults only
python -m tests.chaos full F14    the half hour of real retries alone; in the whole full profile it runs beside the rest
python -m tests.chaos.mutations   proves that the harness can fail
"""
