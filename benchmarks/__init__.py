"""Yardsticks by hand and the harness of `make bench`: the gateway against programs somebody would write without it."""
