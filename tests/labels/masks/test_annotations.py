"""Takes small files as COCO, Label Studio and CVAT write them; gives faults in what is read of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from tests.labels.masks.made import (
    BOX,
    HW,
    LINE,
    box_mask,
    brush,
    coco,
    coco_list,
    coco_rle,
    cvat,
    cvat_mask,
    cvat_points,
    percent,
    region,
    save_photo,
    task,
    vector,
    write_json,
)
from tests.said import reasons

from cracklens.errors import DataError, SettingError
from cracklens.labels.masks import MaskSettings, Truth, read_masked
from cracklens.labels.masks.bitmaps import brush_mask, coco_runs, from_runs
from cracklens.values import LeftOut, Note

RIGHT = {
    "coco polygon": coco([[[c for p in BOX for c in p]]]),
    "coco compressed": coco([coco_rle(box_mask())]),
    "coco counts": coco([coco_list(box_mask())]),
    "studio polygon": [task([region("polygonlabels", {"points": percent(BOX), "closed": True})])],
    "studio brush": [task([region("brushlabels", {"format": "rle", "rle": brush(box_mask())})])],
    "studio vector": [task([region("vectorlabels", vector(BOX, closed=True))])],
    "cvat polygon": cvat(cvat_points("polygon", BOX)),
    "cvat mask": cvat(cvat_mask(box_mask()[18:30, 5:80], (18, 5))),
}

THEIRS = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
"""What pycocotools makes NumPy 2 say."""


def write(folder: Path, labels: object) -> Path:
    """Write labels and the photo they are of."""
    save_photo(folder / "a.png")
    if isinstance(labels, str):
        (folder / "labels.xml").write_text(labels, encoding="utf-8")
        return folder / "labels.xml"
    return write_json(folder / "labels.json", labels)


def truth(folder: Path, labels: object, settings: MaskSettings | None = None) -> Truth:
    (photo,) = read_masked(write(folder, labels), settings).photos
    return photo.truth(HW)


@pytest.mark.parametrize("name", RIGHT)
def test_every_format_gives_the_px_that_were_marked(tmp_path: Path, name: str) -> None:
    found = truth(tmp_path, RIGHT[name])
    np.testing.assert_array_equal(found.areas, box_mask())
    assert not found.lines.any()


@pytest.mark.parametrize("width", [1, 3, 6])
@pytest.mark.parametrize(
    "labels",
    [cvat(cvat_points("polyline", LINE)), [task([region("vectorlabels", vector(LINE))])]],
    ids=["cvat", "studio"],
)
def test_a_line_is_as_wide_as_was_said_and_is_told_apart(tmp_path: Path, labels: object, width: int) -> None:
    found = truth(tmp_path, labels, MaskSettings(line_width_px=width))
    assert not found.areas.any()
    assert found.lines[:, 15:65].sum(axis=0).tolist() == [width] * 50
    rows = np.flatnonzero(found.lines.any(axis=1))
    assert abs(rows.mean() + 0.5 - LINE[0][1]) <= 0.5
    (remark,) = read_masked(tmp_path / ("labels.xml" if isinstance(labels, str) else "labels.json")).remarks
    assert remark == "1 lines count as 3 px wide; --line-width says otherwise"


@THEIRS
def test_what_was_packed_is_read_as_its_own_library_reads_it() -> None:
    draw = np.random.default_rng(0)
    for share in (0.0, 0.02, 0.5, 1.0):
        mask = draw.random((37, 53)) < share
        packed = coco_rle(mask)
        np.testing.assert_array_equal(coco_mask.decode({**packed, "counts": packed["counts"].encode()}), mask)
        np.testing.assert_array_equal(from_runs(coco_runs(packed["counts"]), (37, 53), by_columns=True), mask)
        np.testing.assert_array_equal(brush_mask(brush(mask), (37, 53)), mask)


@THEIRS
def test_an_outline_covers_what_coco_says_it_covers() -> None:
    from cracklens.labels.masks.shapes import Area, Shape, painted

    star = np.array([(8, 6), (80, 12), (60, 30), (90, 55), (30, 40), (12, 60)], np.float64)
    found = painted([Shape("crack", Area((star,)))], HW, line_width_px=3).areas
    theirs = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects([star.ravel().tolist()], *HW))).astype(bool)
    assert (found & theirs).sum() / (found | theirs).sum() > 0.93
    assert found.sum() == pytest.approx(float(abs(area(star))), rel=0.02)


def area(points: np.ndarray) -> float:
    x, y = points.T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def two(shape: dict[str, Any], other: str) -> dict[str, Any]:
    """Give COCO JSON with one shape each of two categories."""
    whole = coco([shape, shape])
    whole["annotations"][1]["category_id"] = 2
    whole["categories"].append({"id": 2, "name": other})
    return whole


def test_other_categories_mark_nothing_and_are_named(tmp_path: Path) -> None:
    labels = coco([coco_rle(box_mask()), coco_rle(np.roll(box_mask(), 20, axis=0))])
    labels["annotations"][1]["category_id"] = 2
    labels["categories"].append({"id": 2, "name": "spalling"})
    np.testing.assert_array_equal(truth(tmp_path, labels).crack, box_mask())
    assert read_masked(tmp_path / "labels.json").remarks == ("these shapes are no crack: spalling (1)",)


def test_which_categories_are_cracks_is_asked_and_not_guessed(tmp_path: Path) -> None:
    path = write(tmp_path, two(coco_rle(box_mask()), "sealed crack"))
    with pytest.raises(DataError, match=r"it has crack \(1\), sealed crack \(1\). Say which are cracks: --cracks NAME"):
        read_masked(path)
    assert len(read_masked(path, MaskSettings(cracks=("crack",))).photos[0].shapes) == 1
    assert len(read_masked(path, MaskSettings(cracks=("Crack", "Sealed crack"))).photos[0].shapes) == 2
    with pytest.raises(DataError, match="Did you mean 'sealed crack'"):
        read_masked(path, MaskSettings(cracks=("sealed cracks",)))
    with pytest.raises(DataError, match=r"expected a category crack.*it has rust \(1\)"):
        read_masked(write(tmp_path, coco([coco_rle(box_mask())], name="rust")))


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (coco([[]]), "is marked by a box alone"),
        (coco([[[1, 2, 3, 4]]]), "an outline of fewer than three points"),
        (coco([coco_rle(box_mask()[:32])]), "its mask is 96 x 32 px, the photo 96 x 64 px"),
        (coco([coco_list(box_mask()) | {"counts": [5, 5]}]), "expected run lengths of 6,144 px; got 10"),
        (coco([coco_rle(box_mask()) | {"counts": "5\n"}]), "is no part of compressed run lengths"),
        (coco([coco_rle(~box_mask())]), "96% of it is marked as crack"),
        ([task([region("rectanglelabels", {"x": 1, "y": 1, "width": 9, "height": 9})])], "of the type rectangle"),
        ([task([region("brushlabels", {"rle": brush(box_mask())[:-4]})])], "the brush ends in the middle"),
        ([task([region("brushlabels", {"rle": brush(box_mask()[:32])})])], "expected a brush of 6,144 px; got 3,072"),
        (cvat('<box label="crack" xtl="1" ytl="1" xbr="9" ybr="9"/>'), "is marked by a box alone"),
        (cvat('<tag label="crack"/>'), "is marked by a tag alone"),
        (cvat(cvat_points("polygon", LINE)), "a polygon of 2 points"),
        (cvat(cvat_mask(box_mask(), (1, 0))), "its mask is 96 x 64 px at row 1, column 0, the photo 96 x 64 px"),
        (cvat(cvat_points("polygon", BOX), hw=(128, 192)), "it was labelled at 192 x 128 px and is 96 x 64 px"),
    ],
)  # fmt: skip
def test_a_crack_that_cannot_be_read_is_no_ground_but_a_reason(tmp_path: Path, labels: object, sentence: str) -> None:
    with pytest.raises(DataError) as fault:
        truth(tmp_path, labels)
    assert sentence in str(fault.value)


def studio(*annotations: dict[str, Any]) -> list[dict[str, Any]]:
    good = task([region("polygonlabels", {"points": percent(BOX)})], image="/data/local-files/?d=photos/b%20b.png")
    return [good, {"id": 2, "data": {"image": "https://example.com/x/a.png"}, "annotations": list(annotations)}]


@pytest.mark.parametrize(
    ("annotations", "reason"),
    [
        ((), "nobody has annotated it; submit it, empty where no crack is"),
        (({"result": [], "was_cancelled": True},), "nobody has annotated it; submit it, empty where no crack is"),
        (({"result": []}, {"result": []}), "it has 2 annotations; mark one of them as ground truth"),
        (
            ({"result": [region("polygonlabels", {"points": percent(BOX)}) | {"image_rotation": 90}]},),
            "it was turned while it was annotated; turn the photo itself",
        ),
    ],
)
def test_tasks_without_one_annotation_are_left_out(tmp_path: Path, annotations: Any, reason: str) -> None:
    save_photo(tmp_path / "b b.png")
    found = read_masked(write(tmp_path, studio(*annotations)))
    assert [(name.rpartition("/")[2], said) for name, said in reasons(found.left_out).items()] == [("a.png", reason)]
    assert [one.file for one in found.photos] == ["b b.png"]


def test_an_empty_annotation_says_that_no_crack_is_there(tmp_path: Path) -> None:
    save_photo(tmp_path / "b b.png")
    kept = {"result": [], "ground_truth": True}
    found = read_masked(write(tmp_path, studio({"result": [region("choices", {})]}, kept)))
    assert [len(one.shapes) for one in found.photos] == [0, 1]
    assert found.remarks == ("1 photos have no shape and count as free of cracks, a.png first",)


def test_labels_of_a_region_may_stand_apart(tmp_path: Path) -> None:
    points = {"points": percent(BOX)}
    regions = [region("polygon", points), region("labels", points)]
    regions[0]["value"].pop("polygon")
    np.testing.assert_array_equal(truth(tmp_path, [task(regions)]).crack, box_mask())
    bare = [region("polygonlabels", points, name="crack", identifier="r2"), regions[0]]
    with pytest.raises(DataError, match=r"expected shapes of .joint."):
        read_masked(write(tmp_path, [task(bare)]), MaskSettings(cracks=("joint",)))
    assert read_masked(tmp_path / "labels.json").remarks == ("these shapes are no crack: no label (1)",)


def test_photos_are_found_by_the_end_of_their_path_and_what_is_not_there_is_a_row(tmp_path: Path) -> None:
    labels = coco([coco_rle(box_mask())], files=("north/a.png", "c.png"))
    labels["annotations"] += [{"id": 9, "image_id": 99, "category_id": 1, "segmentation": []}] * 2
    path = write_json(tmp_path / "annotations" / "instances.json", labels)
    for name in ("images/north/a.png", "images/south/a.png"):
        save_photo(tmp_path / name)
    found = read_masked(path)
    assert [one.file for one in found.photos] == ["images/north/a.png"]
    assert reasons(found.left_out) == {
        "image_id 99": "images does not list it, and 2 annotations are of it",
        "c.png": f"there is no photo of this name in {tmp_path}",
    }
    assert found.remarks[-1].startswith("1 photos are left out: instances.json does not name them, images/south/a.png")
    south = MaskSettings(images=tmp_path / "images" / "south")
    with pytest.raises(DataError, match="none of its 2 photos is in"):
        read_masked(path, MaskSettings(images=tmp_path / "annotations"))
    assert read_masked(write_json(path, coco([coco_rle(box_mask())])), south).photos[0].file == "a.png"
    with pytest.raises(DataError, match=r"expected a row to mean one photo; a.png may be"):
        read_masked(path)


def test_a_photo_that_is_annotated_twice_is_left_out(tmp_path: Path) -> None:
    save_photo(tmp_path / "b.png")
    found = read_masked(write(tmp_path, coco([coco_rle(box_mask())], files=("b.png", "a.png", "a.png"))))
    assert found.left_out == (LeftOut("a.png", Note("named_twice")),)
    assert reasons(found.left_out) == {"a.png": "two annotated photos are called so"}


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("x.json", "{", "expected JSON of COCO or Label Studio;"),
        ("x.json", '[{"image": "a.png", "label": []}]', "Export from Label Studio as JSON, not as JSON-MIN"),
        ("x.json", '{"images": [{"id": 1}], "annotations": []}', "KeyError('file_name') is wrong in it"),
        ("x.json", '[{"data": {"image": "a.png"}, "annotations": [{}]}]', "KeyError('result') is wrong in it"),
        ("x.json", json.dumps(coco([[]]) | {"categories": []}), "annotation 0 is of category 1"),
        ("x.json", json.dumps(coco([])), "expected outlines of cracks; no photo has any shape"),
        ("x.xml", "<annotations><image", "expected CVAT's XML for images"),
        ("x.xml", "<VOC><object/></VOC>", "its first element is VOC. Export it as `CVAT for images 1.1`."),
        ("x.xml", "<annotations><track id='0'/></annotations>", "it has the tracks of a film"),
        ("x.xml", cvat('<polygon label="crack" points="1,2;x,3"/>'), "could not convert string to float: 'x'"),
        ("x.xml", '<!DOCTYPE a [<!ENTITY b "c">]><annotations>&b;</annotations>', "expected CVAT's XML"),
    ],
)
def test_damaged_files_are_a_sentence(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    save_photo(tmp_path / "a.png")
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError) as fault:
        read_masked(tmp_path / name)
    assert sentence in str(fault.value)
    assert str(tmp_path / name) in str(fault.value)


def test_a_line_has_a_width() -> None:
    with pytest.raises(SettingError, match="line_width_px must be 1-50; got 0"):
        MaskSettings(line_width_px=0)
