from __future__ import annotations

from base64 import b64decode
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import numpy as np
from PIL import Image

from bridgeae.serve.pictures import MAX_VALUES, pictures


def opened(picture: Any) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(b64decode(picture["src"].removeprefix("data:image/png;base64,")))))


def test_pixels_arrive_as_they_are() -> None:
    x = np.random.default_rng(0).integers(0, 256, (2, 5, 7, 3)).astype(np.float32)
    made = pictures(SimpleNamespace(pixels=lambda sample: sample.astype(np.uint8)), x)
    assert [p["aspect"] for p in made] == [1.4, 1.4]
    np.testing.assert_array_equal([opened(p) for p in made], x)


def test_each_sample_is_drawn_in_a_picture_of_its_own() -> None:
    def draw(sample: np.ndarray, axes: Any) -> None:
        axes.set_facecolor((sample[0], 0, 0))

    adapter = SimpleNamespace(draw=draw, aspect=2)
    made = [opened(p) for p in pictures(adapter, np.array([[0.0], [0.5], [1.0]]))]
    assert {image.shape for image in made} == {(112, 224, 3)}
    assert [int(image[56, 112, 0]) for image in made] == [0, 128, 255]


def test_values_are_sent_where_an_adapter_draws_nothing() -> None:
    (picture,) = pictures(SimpleNamespace(columns=["a", "b"]), np.array([[1.0, 2.5]], np.float32))
    assert picture == {"values": [1.0, 2.5], "names": ["a", "b"]}
    (long,) = pictures(SimpleNamespace(columns=3), np.zeros((1, 3 * MAX_VALUES)))
    assert len(long["values"]) == MAX_VALUES and long["names"] == []
