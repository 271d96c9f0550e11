"""The kinds of faults, one module each; every module has `cases(store, seed, reached)`: its cases in random order, without end or not."""
