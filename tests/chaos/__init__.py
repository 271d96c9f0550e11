"""The fault injection kit: a small town whose truth is known, faults of every kind, and the checker that counts what came of it.

`make chaos` runs it; `python -m tests.chaos --help` tells how to repeat one case by its seed.
"""
