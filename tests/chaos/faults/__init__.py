"""The faults: each is a function of a cluster, a number of kills and a number of messages; it gives its findings."""
