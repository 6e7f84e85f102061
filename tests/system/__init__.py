"""Tests of the whole product as its users meet it: running processes, real HTTP and websockets."""
