"""Takes cards and damaged cards; gives faults where one does not come back whole or damage is not said."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cracklens.errors import CheckpointError
from cracklens.models.card import Card, card_from_json
from cracklens.models.described import DataSource, Metric, card_to_json

text = st.text(st.characters(codec="utf-8"), max_size=12)
number = st.floats(allow_nan=False, allow_infinity=False)
texts = st.lists(text, max_size=3).map(tuple)
maybe = st.none() | number
settings = st.recursive(
    st.none() | st.booleans() | st.integers() | number | text, lambda inner: st.lists(inner, max_size=3)
)
metrics = st.builds(Metric, name=text, value=number, n=st.integers(0), data=text, low=maybe, high=maybe)
sources = st.builds(DataSource, name=text, n=st.integers(0), split=text, doi=st.none() | text, licence=st.none() | text)
cards = st.builds(
    Card,
    name=text,
    recipe=st.dictionaries(text, settings, max_size=3),
    classes=texts,
    preprocessing=text,
    backbone=text,
    backbone_hash=text,
    layers=texts,
    temperature=st.floats(1e-6, 1e6),
    offset=number,
    threshold=st.floats(0, 1),
    threshold_rule=text,
    data=st.lists(sources, max_size=2).map(tuple),
    metrics=st.lists(metrics, max_size=2).map(tuple),
    limits=texts,
    versions=st.dictionaries(text, text, max_size=2),
    created=text,
    licence=text,
    head_file=text,
    card_version=st.just(Card.VERSION),
)

RAW: dict[str, Any] = asdict(
    Card(
        name="a",
        recipe={},
        classes=("Non-cracked", "Cracked"),
        preprocessing="",
        backbone="",
        backbone_hash="",
        layers=("layer3", "layer4"),
        temperature=1.0,
        offset=0.0,
        threshold=0.5,
        threshold_rule="",
        data=(DataSource("METU", 10, "file"),),
        metrics=(Metric("recall", 0.9, 10, "test"),),
        limits=(),
        versions={},
        created="2026-01-01",
    )
)


def refusal(content: str) -> str:
    with pytest.raises(CheckpointError) as caught:
        card_from_json(content, source="card.json")
    sentence = str(caught.value)
    assert sentence.startswith("card.json: ")
    assert sentence.endswith(".")
    return sentence


@given(cards)
def test_card_comes_back_whole(card):
    content = card_to_json(card)
    assert card_from_json(content, source="x") == card
    assert content.endswith("}\n")


def test_whole_numbers_are_numbers_too():
    assert card_from_json(json.dumps({**RAW, "temperature": 1, "threshold": 1}), source="x").threshold == 1


@pytest.mark.parametrize("content", ["", "no JSON", "[]", "{}", "null", "3", '"card_version"', "[" * 100_000])
def test_no_card(content):
    assert "expected the JSON card" in refusal(content)


@pytest.mark.parametrize("version", [0, 3, "1", None, [1]])
def test_another_version(version):
    sentence = refusal(json.dumps({**RAW, "card_version": version}))
    assert f"reads card version {Card.VERSION} of a checkpoint; got {version!r}" in sentence


@pytest.mark.parametrize("name", sorted(set(RAW) - {"card_version", "head_file", "licence"}))
def test_missing_field(name):
    assert name in refusal(json.dumps({key: value for key, value in RAW.items() if key != name}))


def test_unknown_field():
    assert "colour" in refusal(json.dumps({**RAW, "colour": "red"}))


@pytest.mark.parametrize("name", sorted(set(RAW) - {"card_version"}))
@pytest.mark.parametrize("wrong", [True, [[]], None])
def test_wrong_kind(name, wrong):
    """A bool is no number, no text and no list; a list of the wrong things is none either."""
    sentence = refusal(json.dumps({**RAW, name: wrong}))
    assert name in sentence or "argument after ** must be a mapping" in sentence


@pytest.mark.parametrize("name", ["classes", "layers", "limits"])
def test_text_is_no_list_of_texts(name):
    assert name in refusal(json.dumps({**RAW, name: "abc"}))


@pytest.mark.parametrize("entry", [{"name": "recall", "value": "high", "n": 1, "data": ""}, {"name": "recall"}, 3, []])
def test_damaged_metric(entry):
    assert "damaged" in refusal(json.dumps({**RAW, "metrics": [entry]}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("threshold", -0.1),
        ("threshold", 1.1),
        ("threshold", float("nan")),
        ("temperature", 0.0),
        ("temperature", -1.0),
        ("temperature", float("inf")),
        ("offset", float("nan")),
        ("offset", float("-inf")),
    ],
)
def test_numbers_that_give_no_probability(name, value):
    assert name in refusal(json.dumps({**RAW, name: value}))


@pytest.mark.parametrize("recipe", ["frozen", "finetune"])
def test_an_older_card_names_the_command_that_fits_it_again(recipe):
    old = {key: value for key, value in RAW.items() if key != "score_rule"}
    sentence = refusal(json.dumps({**old, "recipe": {"name": recipe}, "card_version": 1}))
    assert f"cracklens train DATA --recipe {recipe} --out DIR" in sentence
