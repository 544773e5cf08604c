"""Takes nothing; gives every benchmark by its name, in the order of the table. Knows nothing of how they measure."""

from __future__ import annotations

from benchmarks import (
    big_photo,
    cached_refit,
    calibration,
    confidence,
    deep_zoom,
    dense_speed,
    detail_tries,
    drawn_on_real,
    drawn_width,
    evidence_tries,
    export_parity,
    false_traces,
    findings_to_read,
    footprint,
    head_strength,
    head_tries,
    hostile_files,
    inspect_overhead,
    inspect_speed,
    int8_speed,
    joints,
    leave_one_out,
    map_calibration,
    map_cost,
    map_int8,
    map_tries,
    marker_scale,
    masks_dice,
    metu_clean,
    metu_tiles,
    metu_to_sdnet,
    notebook_vs_frozen,
    pdf_400,
    photos_dense,
    resume,
    review_400,
    sdnet_by_photo,
    sdnet_tiles,
    sut,
    trace_cost,
    train_is_run,
    uav315,
    wall_7110,
    wall_opens,
    whole_cracks,
    width_depth,
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
        notebook_vs_frozen,
        metu_clean,
        metu_to_sdnet,
        leave_one_out,
        sdnet_by_photo,
        export_parity,
        resume,
        cached_refit,
        train_is_run,
        drawn_width,
        width_depth,
        map_calibration,
        map_int8,
        map_cost,
        masks_dice,
        uav315,
        sut,
        drawn_on_real,
        joints,
        confidence,
        whole_cracks,
        findings_to_read,
        false_traces,
        wall_7110,
        trace_cost,
        inspect_speed,
        marker_scale,
        pdf_400,
        hostile_files,
        review_400,
        wall_opens,
        deep_zoom,
    )
}
"""What `all` runs and docs/results.md holds."""

TRIES = {
    module.BENCHMARK.name: module.BENCHMARK
    for module in (head_strength, head_tries, detail_tries, evidence_tries, map_tries)
}
"""What is only measured while a detector is made, on val; a part of its own in docs/results.md."""

BENCHMARKS = {**PUBLISHED, **TRIES}
