"""Takes nothing; gives every benchmark by its name, in the order of the table. Knows nothing of how they measure."""

from __future__ import annotations

from benchmarks import (
    big_photo,
    calibration,
    dense_speed,
    footprint,
    head_strength,
    head_tries,
    inspect_overhead,
    int8_speed,
    metu_tiles,
    photos_dense,
    sdnet_tiles,
)

PUBLISHED = {
    module.BENCHMARK.name: module.BENCHMARK
    for module in (
        metu_tiles,
        photos_dense,
        sdnet_tiles,
        calibration,
        dense_speed,
        int8_speed,
        inspect_overhead,
        footprint,
        big_photo,
    )
}
"""What `all` runs and docs/results.md holds."""

BENCHMARKS = {**PUBLISHED, **{module.BENCHMARK.name: module.BENCHMARK for module in (head_strength, head_tries)}}
"""These, and what is only measured while a detector is made."""
