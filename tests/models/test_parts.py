"""Takes checkpoints; gives faults where a part of one is not told, or told with another's hash or card."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace

import pytest
from tests.models.test_checkpoint import made, with_parts

from cracklens.errors import CheckpointError
from cracklens.models import (
    CRACK_MAP,
    MAP_CARD_FILE,
    WEIGHTS,
    Card,
    MapCard,
    bundled_map,
    card_to_json,
    parts_of,
    read_checkpoint,
)
from cracklens.models.described import read_card


def test_every_part_of_the_default_detector_is_told() -> None:
    folder = WEIGHTS / "detectors" / "concrete"
    checkpoint = read_checkpoint(folder)
    head, detail, known, maps = parts_of(checkpoint)
    assert [part.name for part in (head, detail, known, maps)] == [
        "score head",
        "detail net",
        "known features",
        "crack map",
    ]
    assert head.sha256 == hashlib.sha256((folder / checkpoint.card.head_file).read_bytes()).hexdigest()
    assert len({part.sha256 for part in (head, detail, known, maps)}) == 4
    assert [part.bundled for part in (head, detail, known, maps)] == [False, False, False, True]
    assert head.card is detail.card is known.card is checkpoint.card
    assert (maps.card, maps.sha256) == (bundled_map().card, bundled_map().card.sha256)
    assert maps.card.backbone_hash == head.card.backbone_hash


def test_only_what_is_there_is_told_and_a_map_of_its_own_as_its_own() -> None:
    names = [(part.name, part.bundled) for part in parts_of(made())]
    assert names == [("score head", False), ("crack map", True)]
    own = replace(bundled_map(), card=replace(bundled_map().card, name="mine"))
    last = parts_of(replace(made(), crack_map=own))[-1]
    assert (last.card.name, last.bundled) == ("mine", False)


def test_hash_of_a_piece_moves_with_that_piece_alone() -> None:
    old = with_parts()
    assert old.head.detail is not None
    other = replace(old, head=replace(old.head, detail=replace(old.head.detail, bias_out=9.0)))
    pairs = zip(parts_of(old), parts_of(other), strict=True)
    assert [one.name for one, two in pairs if one.sha256 != two.sha256] == ["score head", "detail net"]


def test_parts_as_json_bring_the_card_of_the_crack_map() -> None:
    *pieces, maps = (part.as_json() for part in parts_of(with_parts()))
    assert all("card" not in piece and piece["licence"] == "Apache-2.0" for piece in pieces)
    assert json.loads(json.dumps(maps["card"])) == json.loads((CRACK_MAP / MAP_CARD_FILE).read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", [Card, MapCard])
def test_bundled_cards_are_written_as_they_were_read(kind: type[Card | MapCard]) -> None:
    paths = [CRACK_MAP / MAP_CARD_FILE] if kind is MapCard else sorted(WEIGHTS.glob("detectors/*/card.json"))
    assert paths
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert card_to_json(read_card(kind, text, source=path.name)) == text


@pytest.mark.parametrize("kind", [Card, MapCard])
def test_every_field_is_written(kind: type[Card | MapCard]) -> None:
    assert sorted(kind.ORDER) == sorted(of.name for of in fields(kind))


def test_a_card_is_not_taken_for_that_of_another_part() -> None:
    text = (CRACK_MAP / MAP_CARD_FILE).read_text(encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"reads card version 2 of a checkpoint; got 1"):
        read_card(Card, text, source="crackmap.json")
