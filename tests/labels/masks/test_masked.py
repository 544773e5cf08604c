"""Takes folders and CSVs of photos with masks; gives faults in which mask is taken for which photo, and in its px."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.labels.masks.made import HW, box_mask, coco, coco_rle, save_mask, save_photo, write_json
from tests.said import reasons

from cracklens.errors import DataError, SettingError
from cracklens.labels.masks import MaskedSet, MaskSettings, read_masked

GREY = np.random.default_rng(0).normal(0, 12, HW)
"""What JPEG and soft brushes add."""


def pair(folder: Path, photo: str, mask: str, *, marked: np.ndarray | None = None) -> None:
    save_photo(folder / photo)
    save_mask(folder / mask, box_mask() if marked is None else marked)


def names(found: MaskedSet) -> dict[str, str | None]:
    return {one.file: one.split for one in found.photos}


@pytest.mark.parametrize(
    ("photo", "mask"),
    [
        ("images/a.png", "masks/a.png"),
        ("imgs/north/a.png", "GT/north/a.bmp"),
        ("train/images/a.png", "train/labels/a_mask.png"),
        ("images/val/a.png", "annotations/val/a-mask.tif"),
        ("north/photos/a 1.png", "north/masks/a 1_gt.png"),
    ],
)
def test_a_mask_is_found_by_its_stem(tmp_path: Path, photo: str, mask: str) -> None:
    pair(tmp_path / "d", photo, mask)
    (found,) = read_masked(tmp_path / "d").photos
    assert (found.file, found.path) == (photo, tmp_path / "d" / photo)
    np.testing.assert_array_equal(found.truth(HW).crack, box_mask())


@pytest.mark.parametrize(
    "values",
    [
        box_mask(),
        np.where(box_mask(), 1, 0),
        np.where(box_mask(), 255, 40),
        np.where(box_mask(), 220, 20) + GREY,
        np.where(box_mask()[..., np.newaxis], [128, 0, 0], [0, 0, 0]),
        np.dstack([np.where(box_mask(), 255, 0)] * 4),
    ],
    ids=["0 and 255", "0 and 1", "two greys", "JPEG", "a colour", "with alpha"],
)
def test_masks_are_read_however_they_were_painted(tmp_path: Path, values: np.ndarray) -> None:
    pair(tmp_path / "d", "images/a.png", "masks/a.png", marked=values)
    np.testing.assert_array_equal(read_masked(tmp_path / "d").photos[0].truth(HW).crack, box_mask())


def test_masks_of_palette_one_bit_and_sixteen_bits(tmp_path: Path) -> None:
    save_photo(tmp_path / "images" / "a.png")
    (tmp_path / "masks").mkdir()
    palette = Image.fromarray(box_mask().astype(np.uint8))
    palette.putpalette([0, 0, 0, 128, 0, 0])
    for picture in (
        palette,
        Image.fromarray(box_mask()),
        Image.fromarray(np.where(box_mask(), 65535, 0).astype(np.uint16)),
    ):
        picture.save(tmp_path / "masks" / "a.png")
        np.testing.assert_array_equal(read_masked(tmp_path).photos[0].truth(HW).crack, box_mask())


@pytest.mark.parametrize(
    ("marked", "sentence"),
    [
        (~box_mask(), "96% of it is marked as crack; mark cracks alone, and in a mask by light px"),
        (np.full(HW, 255), "100% of it is marked as crack"),
        (box_mask() * 1 + np.tri(*HW) * 2, "a.png: expected 0 for ground and 255 for crack; it has 4 values, 0 to 3"),
        (np.full(HW, 128) + GREY, "expected 0 for ground and 255 for crack"),
        (box_mask()[:32], "its mask is 96 x 32 px, the photo 96 x 64 px; mask and photo must lie on each other"),
        (np.zeros(HW[::-1]), "the photo 96 x 64 px; the photo is turned by its EXIF"),
    ],
    ids=["inverted", "all", "classes", "grey", "size", "turned"],
)
def test_masks_that_do_not_say_what_is_crack(tmp_path: Path, marked: np.ndarray, sentence: str) -> None:
    pair(tmp_path, "images/a.png", "masks/a.png", marked=marked)
    with pytest.raises(DataError) as fault:
        read_masked(tmp_path).photos[0].truth(HW)
    assert sentence in str(fault.value)


def test_a_mask_that_is_no_picture_and_one_that_is_cut(tmp_path: Path) -> None:
    pair(tmp_path, "images/a.png", "masks/a.png", marked=np.random.default_rng(1).integers(0, 255, HW))
    path = tmp_path / "masks" / "a.png"
    for content in (b"no picture", path.read_bytes()[:200]):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"its mask cannot be read \(a.png: "):
            read_masked(tmp_path).photos[0].truth(HW)


def test_what_has_no_partner_is_left_out_with_the_reason(tmp_path: Path) -> None:
    pair(tmp_path, "images/a.png", "masks/a.png")
    save_photo(tmp_path / "images" / "b.png")
    save_mask(tmp_path / "masks" / "c.png", box_mask())
    for name in ("d.png", "d.bmp"):
        pair(tmp_path, f"images/{name}", "masks/d.png")
    found = read_masked(tmp_path)
    assert names(found) == {"images/a.png": None}
    assert reasons(found.left_out) == {
        "images/b.png": "it has no mask; where no crack is, its mask is black",
        "masks/c.png": "a mask without a photo of its name",
        "images/d.png": "2 photos and 1 masks have this name; one of each is expected",
        "images/d.bmp": "2 photos and 1 masks have this name; one of each is expected",
    }


def test_splits_come_from_folders_or_from_the_table_beside(tmp_path: Path) -> None:
    for name in ("train", "valid", "test"):
        pair(tmp_path / "d", f"{name}/images/{name}.png", f"{name}/masks/{name}.png")
    found = read_masked(tmp_path / "d")
    assert names(found) == {
        "test/images/test.png": "test", "train/images/train.png": "train", "valid/images/valid.png": "val"
    }  # fmt: skip
    assert (found.split_rule, found.split_sha256) == ("folders of the data", None)
    (tmp_path / "splits").mkdir()
    rows = "file,group,split\ntrain/images/train.png,bridge,val\ngone.png,g,train\n"
    (tmp_path / "splits" / "d.csv").write_text(rows)
    found = read_masked(tmp_path / "d")
    assert names(found) == {"train/images/train.png": "val"}
    assert found.photos[0].group == "bridge"
    assert found.split_rule == "splits/d.csv"
    assert len(found.split_sha256 or "") == 64
    assert [remark.partition(",")[0] for remark in found.remarks] == [
        "1 of 2 files that splits/d.csv names are not in the folder",
        "2 pictures are left out: splits/d.csv does not name them",
    ]


def test_a_file_of_annotations_takes_the_table_of_its_name(tmp_path: Path) -> None:
    save_photo(tmp_path / "a.png")
    path = write_json(tmp_path / "cracks.json", coco([coco_rle(box_mask())]))
    (tmp_path / "splits").mkdir()
    (tmp_path / "splits" / "cracks.csv").write_text("file,split\na.png,val\n")
    assert names(read_masked(path)) == {"a.png": "val"}


def test_a_csv_names_photos_and_masks(tmp_path: Path) -> None:
    pair(tmp_path, "p/a.png", "m/a.png")
    rows = "file;mask;split;group\np\\a.png;m\\a.png;val;wall 1\np/b.png;m/a.png;train;\np/a b.png;;train;\n"
    (tmp_path / "mine.csv").write_text(rows)
    save_photo(tmp_path / "p" / "a b.png")
    found = read_masked(tmp_path / "mine.csv")
    assert [(one.file, one.split, one.group) for one in found.photos] == [("p/a.png", "val", "wall 1")]
    assert found.split_rule == "column split of mine.csv"
    assert reasons(found.left_out) == {
        "p/b.png": "there is no p/b.png",
        "p/a b.png": "there is no mask: its column is empty",
    }
    (tmp_path / "mine.csv").write_text("file,mask,split\np/a.png,m/a.png,later\n")
    with pytest.raises(DataError, match=r"split is not train, val or test: p/a.png"):
        read_masked(tmp_path / "mine.csv")


@pytest.mark.parametrize(
    ("names_", "data", "sentence"),
    [
        (
            ("Positive/1.png",),
            ".",
            "expected folders images and masks, or a file of COCO, Label Studio or CVAT; got neither",
        ),
        (("images/1.png", "labels.json"), ".", "labels.json what you mean? Name the file."),
        (("images/1.png", "masks/2.png"), ".", "2 cannot be learnt from: images/1.png: it has no mask"),
        (("1.png",), "1.png", "or a .json or .xml of annotations; it is none. Unpack what is packed"),
        ((), "gone", "it is none."),
    ],
)
def test_what_has_no_masks_is_a_sentence(tmp_path: Path, names_: tuple[str, ...], data: str, sentence: str) -> None:
    for name in names_:
        save_photo(tmp_path / name) if name.endswith("png") else write_json(tmp_path / name, {})
    with pytest.raises(DataError) as fault:
        read_masked(tmp_path / data)
    assert sentence in str(fault.value)


def test_categories_and_images_are_of_annotations(tmp_path: Path) -> None:
    pair(tmp_path, "images/a.png", "masks/a.png")
    with pytest.raises(SettingError, match="images and cracks are for files of annotations"):
        read_masked(tmp_path, MaskSettings(cracks=("crack",)))
