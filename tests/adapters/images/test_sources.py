from __future__ import annotations

import re
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from bridgeae.checks import limit
from bridgeae.errors import FileFormatError, InputError, MissingFileError
from bridgeae_images import ImageAdapter
from bridgeae_images.query import choose, parse
from bridgeae_images.sources import find, opened
from image_files import pack, picture

GREY, COLOUR = ImageAdapter(size=28, channels=1), ImageAdapter(size=32)
BYTES = np.random.default_rng(0).integers(0, 256, (12, 28, 28), np.uint8)


@pytest.fixture
def mnist(tmp_path: Path) -> Path:
    path = tmp_path / "mnist.npz"
    y = np.arange(12) % 4
    np.savez(path, x_train=BYTES, y_train=y, x_test=BYTES[:4], y_test=y[:4])
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("0/a.png", "0/b.png", "1/c.png", "10/d.png"):
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "photos" / name).write_bytes(picture())
    (tmp_path / "photos" / "README.txt").write_text("not a picture")
    (tmp_path / "photos" / "0" / ".hidden.png").write_text("nor this")
    return tmp_path / "photos"


def save_labelled(path: Path, x: np.ndarray, y: np.ndarray) -> Path:
    if path.suffix == ".npz":
        np.savez(path, x_train=x, y_train=y)
        return path
    with h5py.File(path, "w") as file:
        file["train_set_x"], file["train_set_y"] = x, y
    return path


def test_keras_npz_has_halves(mnist: Path) -> None:
    train = GREY.read(mnist)
    np.testing.assert_allclose(train.x[..., 0], BYTES / 255, atol=1e-6)
    assert len(GREY.read(f"{mnist}?half=test")) == 4
    assert len(GREY.read(f"{mnist}?half=all")) == 16


def test_samples_are_chosen_and_repeated_with_their_labels(mnist: Path) -> None:
    assert GREY.read(f"{mnist}?classes=0-1,3").classes.tolist() == [0, 1, 3]
    some, often = GREY.read(f"{mnist}?n=5&seed=1"), GREY.read(f"{mnist}?n=5&seed=1&repeat=3")
    assert len(some) == 5
    np.testing.assert_array_equal(often.x, np.concatenate([some.x] * 3))
    np.testing.assert_array_equal(often.labels, np.tile(some.labels, 3))


def test_images_are_resized_and_recoloured(mnist: Path) -> None:
    assert COLOUR.read(mnist).sample_shape == (32, 32, 3)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (1, 9, 1), (1, 9, 3)])
def test_images_may_be_one_pixel_wide(tmp_path: Path, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).integers(0, 256, (2, *shape), np.uint8)
    np.savez(tmp_path / "a.npz", x_train=x, y_train=[0, 1])
    means = COLOUR.read(tmp_path / "a.npz").x.mean((1, 2))
    if shape[:2] == (1, 1):
        np.testing.assert_allclose(means, np.broadcast_to(x.reshape(2, -1) / 255, (2, 3)), atol=0.01)
    assert (np.ptp(means, 1) > 0).all() == (shape[-1] == 3)


@pytest.mark.parametrize("name", ["a.npz", "a.h5"])
@pytest.mark.parametrize(
    "y", [np.arange(9), np.arange(15), np.eye(12), np.arange(24).reshape(12, 2), np.array(3)], ids=np.shape
)
def test_labels_must_be_one_for_each_image(tmp_path: Path, name: str, y: np.ndarray) -> None:
    path = save_labelled(tmp_path / name, BYTES, y)
    message = rf"{name}: expected one label for each of 12 .* {re.escape(str(y.shape))}"
    with pytest.raises(FileFormatError, match=message):
        GREY.read(path)


@pytest.mark.parametrize("name", ["a.npz", "a.h5"])
@pytest.mark.parametrize("shape", [(12,), (1, 12), (12, 1)])
def test_labels_may_have_axes_of_length_one(tmp_path: Path, name: str, shape: tuple[int, ...]) -> None:
    path = save_labelled(tmp_path / name, BYTES, np.arange(12).reshape(shape))
    assert np.asarray(GREY.read(path).labels).tolist() == list(range(12))
    one = save_labelled(tmp_path / f"one_{name}", BYTES[:1], np.full((1,) * len(shape), 7))
    assert GREY.read(one).labels == [7]


def test_each_half_has_labels_of_its_own(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x_train=BYTES[:5], y_train=np.arange(7), x_test=BYTES[5:], y_test=np.arange(5))
    with pytest.raises(FileFormatError, match="each of 5 images"):
        GREY.read(f"{tmp_path / 'a.npz'}?half=all")


@pytest.mark.parametrize("half", ["train", "test"])
def test_signs_h5(tmp_path: Path, half: str) -> None:
    x = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)
    with h5py.File(tmp_path / "signs.h5", "w") as file:
        file[f"{half}_set_x"], file[f"{half}_set_y"] = x, np.array([[0, 2, 1]])
    domain = ImageAdapter().read(tmp_path / "signs.h5")
    np.testing.assert_allclose(domain.x, x / 255, atol=1e-6)
    assert np.asarray(domain.labels).tolist() == [0, 2, 1]


def test_class_folders_with_whole_numbers_give_whole_numbers(folder: Path) -> None:
    pictures = find(parse(folder))
    assert pictures.labels is not None and pictures.labels.tolist() == [0, 0, 1, 10]
    assert pictures.names is not None and pictures.names.tolist() == ["0/a.png", "0/b.png", "1/c.png", "10/d.png"]


def test_class_folders_with_names_give_names(tmp_path: Path) -> None:
    entries = {"pets/cat/1.png": picture(), "pets/dog/1.png": picture(), "__MACOSX/x.png": "junk"}
    labels = find(parse(pack(tmp_path / "a.zip", entries))).labels
    assert labels is not None and labels.tolist() == ["cat", "dog"]


@pytest.mark.parametrize("name", ["²", "9" * 20])
def test_class_folders_that_are_no_whole_numbers_of_64_bits_give_names(tmp_path: Path, name: str) -> None:
    labels = find(parse(pack(tmp_path / "a.zip", {"1/a.png": picture(), f"{name}/b.png": picture()}))).labels
    assert labels is not None and labels.tolist() == ["1", name]


def test_a_zip_reads_as_the_folder_it_packs(folder: Path, tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {f.relative_to(folder).as_posix(): f.read_bytes() for f in folder.rglob("*.png")})
    packed, plain = COLOUR.read(path), COLOUR.read(folder)
    np.testing.assert_array_equal(packed.x, plain.x)
    np.testing.assert_array_equal(packed.labels, plain.labels)
    np.testing.assert_array_equal(find(parse(path)).names, find(parse(folder)).names)


@pytest.mark.parametrize("parent", ["", "mine/"])
def test_flat_photos_have_no_labels(tmp_path: Path, parent: str) -> None:
    entries = {f"{parent}a.png": picture(), f"{parent}b.png": picture()}
    assert COLOUR.read(pack(tmp_path / "a.zip", entries)).labels is None


def test_photos_inside_and_outside_of_class_folders_are_refused(folder: Path) -> None:
    (folder / "stray.png").write_bytes(picture())
    with pytest.raises(FileFormatError, match=r"both inside and outside of class folders, such as 'stray\.png'"):
        find(parse(folder))


def test_half_is_refused_where_there_are_no_halves(folder: Path) -> None:
    with pytest.raises(InputError, match="half applies to"):
        COLOUR.read(f"{folder}?half=test")


def test_other_signs_are_refused_where_no_hands_are_drawn(folder: Path) -> None:
    with pytest.raises(InputError, match="others applies to drawn:hands only"):
        COLOUR.read(f"{folder}?others=3")


@pytest.mark.parametrize("name", ["nothing.npz", "long" * 100])
def test_a_missing_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(MissingFileError, match="does not exist"):
        GREY.read(tmp_path / name)


def test_a_picture_that_vanishes_is_named(folder: Path) -> None:
    query = parse(folder)
    pictures = find(query)
    (folder / "1" / "c.png").unlink()
    with pytest.raises(MissingFileError, match=r"`1/c\.png` cannot be opened \(No such file"):
        list(opened(pictures, choose(pictures, query), 32))


def test_pictures_are_opened_in_the_order_asked_for(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"0/a.png": picture("red"), "1/b.png": picture("lime")})
    images = opened(find(parse(path)), np.array([1, 0, 1]), 32)
    assert [np.asarray(image)[0, 0].tolist() for image in images] == [[0, 255, 0], [255, 0, 0], [0, 255, 0]]


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_picture_in_a_zip_is_named(tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
        archive.writestr("3/a.png", BYTES.tobytes())
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[60:120] = bytes(60)
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(FileFormatError, match=r"a\.zip: '3/a\.png' cannot be unpacked"):
        COLOUR.read(tmp_path / "a.zip")


@pytest.mark.parametrize("name", ["a.npz", "a.h5", "a.zip", "a.jpg", "a.txt"])
@pytest.mark.parametrize("content", [b"", b"just some text"])
def test_a_file_that_is_not_what_its_name_says(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileFormatError, match=name):
        GREY.read(tmp_path / name)


@pytest.mark.parametrize("keep", [0.3, 0.9])
@pytest.mark.parametrize("name", ["mnist.npz", "s.h5", "p.jpg", "z.zip"])
def test_a_truncated_file(tmp_path: Path, mnist: Path, name: str, keep: float) -> None:
    save_labelled(tmp_path / "s.h5", np.zeros((9, 64, 64, 3), np.uint8), np.zeros(9))
    (tmp_path / "p.jpg").write_bytes(picture(size=(400, 400), kind="JPEG"))
    pack(tmp_path / "z.zip", {"0/a.png": picture(), "1/b.png": picture()})
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(keep * len(whole))])
    with pytest.raises(FileFormatError, match=name):
        GREY.read(tmp_path / name)


def test_npz_with_pickles_is_refused(tmp_path: Path) -> None:
    evil = np.array([{"a": 1}], object)
    np.savez(tmp_path / "evil.npz", x_train=evil, y_train=evil, x_test=evil, y_test=evil)
    with pytest.raises(FileFormatError, match="allow_pickle"):
        GREY.read(tmp_path / "evil.npz")


def test_npz_and_h5_without_the_keys_list_what_they_hold(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=BYTES)
    with pytest.raises(FileFormatError, match="lacks x_train, y_train; it holds images"):
        GREY.read(tmp_path / "a.npz")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["photos"] = BYTES
    with pytest.raises(FileFormatError, match="it holds photos"):
        GREY.read(tmp_path / "a.h5")


def test_h5_with_groups_in_place_of_arrays(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_group("train_set_x")
        file["train_set_y"] = np.arange(3)
    with pytest.raises(FileFormatError, match=r"it holds train_set_x \(group\), train_set_y \(dataset\)"):
        GREY.read(tmp_path / "a.h5")


@pytest.mark.parametrize("x", [np.zeros((3, 5)), np.full((3, 5, 5), "a"), np.zeros((3, 0, 5)), np.full((3, 5, 5), 2.0)])
def test_npz_whose_arrays_are_no_images(tmp_path: Path, x: np.ndarray) -> None:
    np.savez(tmp_path / "a.npz", x_train=x, y_train=[0, 1, 2])
    with pytest.raises(FileFormatError, match="expected images"):
        GREY.read(tmp_path / "a.npz")


def test_an_empty_folder_and_a_zip_without_pictures_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileFormatError, match="holds no pictures"):
        GREY.read(tmp_path / "empty")
    with pytest.raises(FileFormatError, match="holds no pictures"):
        GREY.read(pack(tmp_path / "a.zip", {"notes.txt": "x", ".DS_Store": "x"}))


def test_a_broken_photo_among_good_ones_is_named(folder: Path) -> None:
    (folder / "1" / "broken.jpg").write_bytes(b"not a photo")
    with pytest.raises(FileFormatError, match=r"`1/broken\.jpg` is not a readable picture"):
        COLOUR.read(folder)


def test_a_zip_with_a_picture_above_the_limit_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"a.png": bytes(limit("entry_bytes") + 1), "b.png": picture()})
    assert path.stat().st_size < 2**20
    with pytest.raises(FileFormatError, match=r"would unpack to 100 MiB: [\d,]+ times its size"):
        COLOUR.read(path)


def test_a_zip_above_the_limit_in_all_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for k in range(83):
            archive.writestr(f"{k}.png", b"")
            archive.filelist[-1].file_size = 99 * 2**20  # in the table of contents
    with pytest.raises(FileFormatError, match="exceeds the limit of 8,589,934,592 bytes in memory"):
        COLOUR.read(tmp_path / "a.zip")


def test_entries_that_point_outside_of_a_zip_are_left_out(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"../0/evil.png": picture(), "1/a.png": picture(), "2/b.png": picture()})
    names = find(parse(path)).names
    assert names is not None and names.tolist() == ["1/a.png", "2/b.png"]
    assert len(COLOUR.read(path)) == 2 and [f.name for f in tmp_path.iterdir()] == ["a.zip"]


def test_a_single_picture_is_cropped_to_its_centre(tmp_path: Path) -> None:
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:, 20:60] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    np.testing.assert_allclose(COLOUR.read(tmp_path / "a.png").x, 1, atol=0.05)
