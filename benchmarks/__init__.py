"""Takes the package and real photos; gives the promised numbers. `python -m benchmarks`; no part of the wheel."""
