"""The goals, one file each."""
