import io
import re
import zipfile

import h5py
import numpy as np
import pytest
from PIL import Image

from bridgeae.errors import FileFormatError, InputError, MissingFileError
from bridgeae_images import ImageAdapter, sources
from bridgeae_images.query import choose, parse

GREY, COLOUR = ImageAdapter(size=28, channels=1), ImageAdapter(size=32)
BYTES = np.random.default_rng(0).integers(0, 256, (12, 28, 28), np.uint8)


def photo(colour="red", size=(40, 30), format="PNG", **options):
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, format, **options)
    return file.getvalue()


@pytest.fixture
def mnist(tmp_path):
    path = tmp_path / "mnist.npz"
    y = np.arange(12) % 4
    np.savez(path, x_train=BYTES, y_train=y, x_test=BYTES[:4], y_test=y[:4])
    return path


@pytest.fixture
def folder(tmp_path):
    for name in ("0/a.png", "0/b.png", "1/c.png", "10/d.png"):
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "photos" / name).write_bytes(photo())
    (tmp_path / "photos" / "README.txt").write_text("not a picture")
    (tmp_path / "photos" / "0" / ".hidden.png").write_text("nor this")
    return tmp_path / "photos"


def pack(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def test_keras_npz_halves_classes_and_number(mnist):
    train = GREY.read(mnist)
    np.testing.assert_allclose(train.x[..., 0], BYTES / 255, atol=1e-6)
    assert len(GREY.read(f"{mnist}?half=test")) == 4
    assert len(GREY.read(f"{mnist}?half=all")) == 16
    assert GREY.read(f"{mnist}?classes=0-1,3").classes.tolist() == [0, 1, 3]
    some = GREY.read(f"{mnist}?n=5&seed=1")
    np.testing.assert_array_equal(some.x, GREY.read(f"{mnist}?n=5&seed=1").x)
    often = GREY.read(f"{mnist}?n=5&seed=1&repeat=3")
    np.testing.assert_array_equal(often.x, np.concatenate([some.x] * 3))
    np.testing.assert_array_equal(often.labels, np.tile(some.labels, 3))
    assert len(some) == 5


def test_images_are_resized_and_recoloured(mnist):
    assert COLOUR.read(mnist).sample_shape == (32, 32, 3)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (1, 9, 1), (1, 9, 3)])
def test_images_may_be_one_pixel_wide(tmp_path, shape):
    x = np.random.default_rng(0).integers(0, 256, (2, *shape), np.uint8)
    np.savez(tmp_path / "a.npz", x_train=x, y_train=[0, 1])
    means = COLOUR.read(tmp_path / "a.npz").x.mean((1, 2))
    if shape[:2] == (1, 1):
        np.testing.assert_allclose(means, np.broadcast_to(x.reshape(2, -1) / 255, (2, 3)), atol=0.01)
    assert (np.ptp(means, 1) > 0).all() == (shape[-1] == 3)


def save_labelled(path, x, y):
    if path.suffix == ".npz":
        np.savez(path, x_train=x, y_train=y)
        return path
    with h5py.File(path, "w") as file:
        file["train_set_x"], file["train_set_y"] = x, y
    return path


@pytest.mark.parametrize("name", ["a.npz", "a.h5"])
@pytest.mark.parametrize(
    "y", [np.arange(9), np.arange(15), np.eye(12), np.arange(24).reshape(12, 2), np.array(3)], ids=np.shape
)
def test_labels_must_be_one_for_each_image(tmp_path, name, y):
    path = save_labelled(tmp_path / name, BYTES, y)
    with pytest.raises(
        FileFormatError, match=rf"{name}: expected one label for each of 12 .* {re.escape(str(y.shape))}"
    ):
        GREY.read(path)


@pytest.mark.parametrize("name", ["a.npz", "a.h5"])
@pytest.mark.parametrize("shape", [(12,), (1, 12), (12, 1)])
def test_labels_may_have_axes_of_length_one(tmp_path, name, shape):
    path = save_labelled(tmp_path / name, BYTES, np.arange(12).reshape(shape))
    assert GREY.read(path).labels.tolist() == list(range(12))
    assert GREY.read(save_labelled(tmp_path / f"one_{name}", BYTES[:1], np.full((1,) * len(shape), 7))).labels == [7]


def test_each_half_has_labels_of_its_own(tmp_path):
    np.savez(tmp_path / "a.npz", x_train=BYTES[:5], y_train=np.arange(7), x_test=BYTES[5:], y_test=np.arange(5))
    with pytest.raises(FileFormatError, match="each of 5 images"):
        GREY.read(f"{tmp_path / 'a.npz'}?half=all")


@pytest.mark.parametrize("half", ["train", "test"])
def test_signs_h5(tmp_path, half):
    x = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)
    with h5py.File(tmp_path / "signs.h5", "w") as file:
        file[f"{half}_set_x"], file[f"{half}_set_y"] = x, np.array([[0, 2, 1]])
    domain = ImageAdapter().read(tmp_path / "signs.h5")
    np.testing.assert_allclose(domain.x, x / 255, atol=1e-6)
    assert domain.labels.tolist() == [0, 2, 1]


def test_class_folders_with_whole_numbers_give_whole_numbers(folder):
    domain = COLOUR.read(folder)
    assert domain.labels.tolist() == [0, 0, 1, 10]
    assert domain.groups.tolist() == ["0/a.png", "0/b.png", "1/c.png", "10/d.png"]


def test_class_folders_with_names_give_names(tmp_path):
    path = pack(tmp_path / "a.zip", {"pets/cat/1.png": photo(), "pets/dog/1.png": photo(), "__MACOSX/x.png": "junk"})
    assert COLOUR.read(path).labels.tolist() == ["cat", "dog"]


def test_a_zip_reads_as_the_folder_it_packs(folder, tmp_path):
    path = pack(tmp_path / "a.zip", {f.relative_to(folder).as_posix(): f.read_bytes() for f in folder.rglob("*.png")})
    packed, plain = COLOUR.read(path), COLOUR.read(folder)
    np.testing.assert_array_equal(packed.x, plain.x)
    assert packed.groups.tolist() == plain.groups.tolist()


def test_flat_photos_have_no_labels(tmp_path):
    assert COLOUR.read(pack(tmp_path / "a.zip", {"a.png": photo(), "b.png": photo()})).labels is None
    assert COLOUR.read(pack(tmp_path / "b.zip", {"mine/a.png": photo(), "mine/b.png": photo()})).labels is None


def test_a_photo_is_turned_upright_and_cropped_to_its_centre(tmp_path):
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:, 20:40, 0] = 255  # left half of the centre square
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera on its side: turn by 90 degrees clockwise
    Image.fromarray(pixels).save(tmp_path / "a.jpg", exif=exif, quality=95)
    x = COLOUR.read(tmp_path / "a.jpg").x[0]
    assert x.shape == (32, 32, 3)
    assert x[:12, :, 0].min() > 0.8
    assert x[20:, :, 0].max() < 0.2


@pytest.mark.parametrize(
    ("dtype", "scale", "name"),
    [
        ("<u2", 257, "a.png"),
        ("<u2", 257, "a.tif"),
        (">u2", 257, "a.tif"),
        ("<i4", 257, "a.tif"),
        ("<f4", 1 / 255, "a.tif"),
    ],
)
def test_16_bits_and_floats_are_scaled(tmp_path, dtype, scale, name):
    Image.fromarray((BYTES[0] * np.float64(scale)).astype(dtype)).save(tmp_path / name)
    np.testing.assert_allclose(GREY.read(tmp_path / name).x[0, ..., 0], BYTES[0] / 255, atol=1e-6)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.int32([0, 65536]), "whole numbers from 0 to 65536"),
        (np.int32([-1, 300]), "from -1 to 300"),
        (np.uint16([3, 200]), "from 3 to 200"),
        (np.float32([0, 255]), "floats from 0 to 255"),
        (np.float32([0, np.nan]), "floats from nan to nan"),
    ],
)
def test_numbers_of_unknown_meaning_are_refused(tmp_path, values, message):
    Image.fromarray(np.tile(values, (4, 2))).save(tmp_path / "a.tif")
    with pytest.raises(FileFormatError, match=rf"`a\.tif` holds .*{message}\. Expected are"):
        GREY.read(tmp_path / "a.tif")


@pytest.mark.parametrize("name", ["sklearn:digits", "drawn:hands"])
def test_named_sets_have_halves_that_differ(name):
    train, test = (COLOUR.read(f"{name}?half={half}&n=12") for half in ("train", "test"))
    assert len(train) == len(test) == 12
    assert not np.allclose(train.x, test.x)


def test_drawn_hands_are_the_same_for_the_same_seed():
    first, second, other = (COLOUR.read(f"drawn:hands?n=6&seed={s}") for s in (3, 3, 4))
    np.testing.assert_array_equal(first.x, second.x)
    assert first.labels.tolist() == [0, 1, 2, 3, 4, 5]
    assert not np.allclose(first.x, other.x)


def test_keras_set_that_cannot_be_downloaded(monkeypatch):
    import keras

    def offline():
        raise OSError("no route to host")

    monkeypatch.setattr(keras.datasets.mnist, "load_data", offline)
    with pytest.raises(MissingFileError, match="cannot be downloaded"):
        GREY.read("keras:mnist")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("drawn:feet", "names no known set"),
        ("drawn:hands?haf=test", "Did you mean 'half'"),
        ("drawn:hands?half=both", "half must be one of"),
        ("drawn:hands?n=many", "n must be a whole number"),
        ("drawn:hands?n=0", "n must be a whole number, 1 or more, received '0'"),
        ("drawn:hands?n=²", "n must be a whole number"),
        ("drawn:hands?seed=-1", "seed must be a whole number, 0 or more"),
        ("drawn:hands?classes=7", "has no class 7; it has 0, 1, 2"),
    ],
)
def test_wrong_options_are_refused(path, message):
    with pytest.raises(InputError, match=message):
        GREY.read(path)


def test_half_is_refused_where_there_are_no_halves(folder):
    with pytest.raises(InputError, match="half applies to"):
        COLOUR.read(f"{folder}?half=test")


def test_a_missing_file(tmp_path):
    with pytest.raises(MissingFileError, match="does not exist"):
        GREY.read(tmp_path / "nothing.npz")
    with pytest.raises(MissingFileError, match="does not exist"):
        GREY.read(tmp_path / ("long" * 100))


def test_a_picture_that_cannot_be_opened(folder):
    query = parse(folder)
    found = sources.find(query)
    (folder / "1" / "c.png").unlink()
    with pytest.raises(MissingFileError, match=r"`1/c\.png` cannot be opened \(No such file"):
        list(sources.opened(found, choose(found, query), 32))


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_picture_in_a_zip_is_named(tmp_path, method):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
        archive.writestr("3/a.png", BYTES.tobytes())
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[60:120] = bytes(60)
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(FileFormatError, match=r"a\.zip: '3/a\.png' cannot be unpacked"):
        COLOUR.read(tmp_path / "a.zip")


@pytest.mark.parametrize("name", ["²", "9" * 20])
def test_class_folders_that_are_no_whole_numbers_of_64_bits_give_names(tmp_path, name):
    path = pack(tmp_path / "a.zip", {"1/a.png": photo(), f"{name}/b.png": photo()})
    assert COLOUR.read(path).labels.tolist() == ["1", name]


@pytest.mark.parametrize("name", ["a.npz", "a.h5", "a.zip", "a.jpg", "a.txt"])
@pytest.mark.parametrize("content", [b"", b"just some text"])
def test_a_file_that_is_not_what_its_name_says(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileFormatError, match=name):
        GREY.read(tmp_path / name)


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_truncated_file(tmp_path, mnist, folder, keep):
    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["train_set_x"], file["train_set_y"] = np.zeros((9, 64, 64, 3), np.uint8), np.zeros(9)
    (tmp_path / "p.jpg").write_bytes(photo(size=(400, 400), format="JPEG"))
    pack(tmp_path / "z.zip", {"0/a.png": photo(), "1/b.png": photo()})
    for name in ("mnist.npz", "s.h5", "p.jpg", "z.zip"):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[: int(keep * len(whole))])
        with pytest.raises(FileFormatError, match=name):
            GREY.read(tmp_path / name)


def test_npz_with_pickles_is_refused(tmp_path):
    columns = dict.fromkeys(("x_train", "y_train", "x_test", "y_test"), np.array([{"a": 1}], object))
    np.savez(tmp_path / "evil.npz", **columns)
    with pytest.raises(FileFormatError, match="allow_pickle"):
        GREY.read(tmp_path / "evil.npz")


def test_npz_and_h5_without_the_keys_list_what_they_hold(tmp_path):
    np.savez(tmp_path / "a.npz", images=BYTES)
    with pytest.raises(FileFormatError, match="lacks x_train, y_train; it holds images"):
        GREY.read(tmp_path / "a.npz")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["photos"] = BYTES
    with pytest.raises(FileFormatError, match="it holds photos"):
        GREY.read(tmp_path / "a.h5")


def test_h5_with_groups_in_place_of_arrays(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_group("train_set_x")
        file["train_set_y"] = np.arange(3)
    with pytest.raises(FileFormatError, match=r"it holds train_set_x \(group\), train_set_y \(dataset\)"):
        GREY.read(tmp_path / "a.h5")


@pytest.mark.parametrize("x", [np.zeros((3, 5)), np.full((3, 5, 5), "a"), np.zeros((3, 0, 5))])
def test_npz_whose_arrays_are_no_images(tmp_path, x):
    np.savez(tmp_path / "a.npz", x_train=x, y_train=[0, 1, 2])
    with pytest.raises(FileFormatError, match="expected images"):
        GREY.read(tmp_path / "a.npz")


def test_empty_folder_and_zip_with_junk_alone(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileFormatError, match="holds no pictures"):
        GREY.read(tmp_path / "empty")
    with pytest.raises(FileFormatError, match="holds no pictures"):
        GREY.read(pack(tmp_path / "a.zip", {"notes.txt": "x", ".DS_Store": "x"}))


def test_a_broken_photo_among_good_ones_is_named(folder):
    (folder / "1" / "broken.jpg").write_bytes(b"not a photo")
    with pytest.raises(FileFormatError, match=r"`1/broken\.jpg` is not a readable picture"):
        COLOUR.read(folder)


def test_photos_inside_and_outside_of_class_folders(folder):
    (folder / "stray.png").write_bytes(photo())
    with pytest.raises(FileFormatError, match=r"both inside and outside of class folders, such as 'stray\.png'"):
        COLOUR.read(folder)


def test_zip_and_pixel_bombs_are_refused(tmp_path, monkeypatch):
    from bridgeae_images import photo as photos

    path = pack(tmp_path / "a.zip", {"a.png": b"0" * 5000, "b.png": photo()})
    monkeypatch.setattr(sources, "MAX_ENTRY_BYTES", 4000)
    with pytest.raises(FileFormatError, match="would unpack to"):
        COLOUR.read(path)
    monkeypatch.setattr(photos, "MAX_PIXELS", 1000)
    (tmp_path / "b.png").write_bytes(photo())
    with pytest.raises(FileFormatError, match="claims 40 x 30 pixels"):
        COLOUR.read(tmp_path / "b.png")


def test_entries_that_point_outside_of_a_zip_are_left_out(tmp_path):
    path = pack(tmp_path / "a.zip", {"../0/evil.png": photo(), "1/a.png": photo(), "2/b.png": photo()})
    assert COLOUR.read(path).groups.tolist() == ["1/a.png", "2/b.png"]
    assert [f.name for f in tmp_path.iterdir()] == ["a.zip"]
