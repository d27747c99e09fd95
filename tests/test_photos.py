"""Photos: labels, decoding into the cache, splits, protocols, and the errors a reader may meet."""

from __future__ import annotations

import os
import re
import warnings
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers import photos
from helpers.images import ImageSet, as_float, resize
from helpers.photos import decoding, sources


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("COURSE_CACHE", str(folder))
    return folder


@pytest.fixture
def no_photos(monkeypatch):
    monkeypatch.delenv("COURSE_PHOTOS", raising=False)


def paint(path, seed=0, size=(40, 30)):
    """A file with a smooth picture that differs from seed to seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, (3, 4, 3), dtype=np.uint8)
    Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).save(path)
    return path


@pytest.fixture
def folder(tmp_path):
    """Four fine classes in two coarse ones, five photos each."""
    root = tmp_path / "photos"
    for label, name in enumerate(("fruit/apple", "fruit/pear", "root/beet", "root/leek")):
        for number in range(5):
            paint(root / name / f"{number}.png", seed=10 * label + number)
    return root


def write_csv(folder, *rows, header="path,fine,coarse,split"):
    (folder / "labels.csv").write_text("\n".join((header, *rows)) + "\n")
    return folder


@pytest.fixture
def listed(tmp_path):
    """Two classes, listed in a labels.csv with a split."""
    root = tmp_path / "listed"
    rows = []
    for number in range(8):
        fine, split = ("oak", "elm")[number % 2], ("train", "test")[number // 4]
        paint(root / "all" / f"{number}.png", seed=number)
        rows.append(f"all/{number}.png,{fine},tree,{split}")
    return write_csv(root, *rows)


# --- labels ---------------------------------------------------------------------------------------


def test_one_folder_a_class(folder):
    found = photos.read_labels(folder)
    assert len(found) == 20
    assert found[0] == photos.Photo(folder / "fruit/apple/0.png", "apple", "fruit", "")


def test_coarse_folder_is_optional(tmp_path):
    paint(tmp_path / "set" / "apple" / "a.PNG")
    assert photos.read_labels(tmp_path / "set")[0].coarse == "apple"


def test_labels_csv_with_byte_order_mark(listed):
    file = listed / "labels.csv"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    found = photos.read_labels(listed)
    assert found[1] == photos.Photo(listed / "all/1.png", "elm", "tree", "train")


def test_folder_from_environment(folder, monkeypatch):
    monkeypatch.setenv("COURSE_PHOTOS", str(folder))
    assert len(photos.load(resolution=8)) == 20


def test_no_folder_named(no_photos):
    with pytest.raises(photos.PhotosNotFound, match=r"`folder`.*COURSE_PHOTOS.*fetch\(\"grocery\""):
        photos.load()


def test_missing_and_empty_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere.*COURSE_PHOTOS"):
        photos.load(tmp_path / "nowhere")
    (tmp_path / "empty" / "class").mkdir(parents=True)
    with pytest.raises(FileNotFoundError, match="empty holds no photos.*COURSE_PHOTOS"):
        photos.load(tmp_path / "empty")


def test_labels_csv_without_rows(tmp_path):
    with pytest.raises(photos.PhotosNotFound, match="holds no photos"):
        photos.load(write_csv(tmp_path))


@pytest.mark.parametrize("column", ["path", "fine", "coarse"])
def test_missing_column(tmp_path, column):
    header = ",".join(name for name in ("path", "fine", "coarse", "split") if name != column)
    with pytest.raises(photos.LabelsError, match=f"no column {column}.*path,fine,coarse"):
        photos.load(write_csv(tmp_path, "x,y,z", header=header))


def test_empty_cell_names_its_row(listed):
    write_csv(listed, "all/0.png,oak,tree,train", "all/1.png,,tree,train")
    with pytest.raises(photos.LabelsError, match=r"line 3: the column fine is empty"):
        photos.load(listed)


@pytest.mark.parametrize("path", ["../secret.png", "all/../../secret.png", "..\\secret.png", "{}"])
def test_path_outside_the_folder(listed, path):
    secret = paint(listed.parent / "secret.png")
    write_csv(listed, f"{path.format(secret)},oak,tree,train")
    with pytest.raises(photos.LabelsError, match=r"line 2: .* outside .*move the photo"):
        photos.load(listed)


def test_link_leading_out_of_the_folder(listed):
    (listed / "link.png").symlink_to(paint(listed.parent / "secret.png"))
    write_csv(listed, "link.png,oak,tree,train")
    with pytest.raises(photos.LabelsError, match=r"line 2: link.png lies outside"):
        photos.load(listed)


def test_missing_file_names_its_row(listed):
    write_csv(listed, "all/0.png,oak,tree,train", "all/99.png,oak,tree,train")
    with pytest.raises(photos.LabelsError, match=r"line 3: there is no photo .*99.png"):
        photos.load(listed)


def test_photo_listed_twice(listed):
    write_csv(listed, "all/0.png,oak,tree,train", "all/0.png,elm,tree,test")
    with pytest.raises(photos.LabelsError, match=r"0.png more than once"):
        photos.load(listed)


def test_labels_csv_in_another_encoding(listed):
    (listed / "labels.csv").write_bytes("path,fine,coarse\nä.png,a,b\n".encode("latin-1"))
    with pytest.raises(photos.LabelsError, match="UTF-8"):
        photos.load(listed)


def test_classes_with_one_photo_are_left_out_by_name(folder):
    whole = photos.load(folder, 8)
    paint(folder / "root" / "radish" / "lonely.png")
    paint(folder / "fruit" / "fig" / "lonely.png")
    with pytest.warns(UserWarning, match="only one .* of fruit/fig, root/radish; left out"):
        collection = photos.load(folder, 8)
    assert collection.images.name == whole.images.name
    np.testing.assert_array_equal(collection.images.images, whole.images.images)


def test_a_folder_of_single_photos_is_refused(tmp_path):
    for name in "ab":
        paint(tmp_path / "set" / name / "lonely.png")
    with pytest.raises(photos.LabelsError, match="only one .* of a/a, b/b; add a second"):
        photos.load(tmp_path / "set", 8)


@pytest.mark.parametrize("place", ["loose.png", "a/b/c/deep.png"])
def test_photo_in_no_class(folder, place):
    paint(folder / place)
    with pytest.raises(photos.LabelsError, match=f"{place}.*folder of its class"):
        photos.load(folder, 8)


def test_split_folders_are_not_classes(tmp_path):
    for split in ("train", "test"):
        paint(tmp_path / "set" / split / "cat" / "a.png")
    with pytest.raises(photos.LabelsError, match="look like splits.*labels.csv"):
        photos.load(tmp_path / "set")


@pytest.mark.parametrize("resolution", [0, -3, 5000])
def test_resolution_out_of_range(folder, resolution):
    with pytest.raises(ValueError, match=f"1 to 1024 pixels, not {resolution}"):
        photos.load(folder, resolution)


# --- decoding and the cache -----------------------------------------------------------------------


def test_collection(folder):
    collection = photos.load(folder, 16)
    images = collection.images
    assert isinstance(images, ImageSet)
    assert images.images.shape == (20, 3, 16, 16) and images.images.dtype == np.uint8
    assert images.fine_names == ("apple", "pear", "beet", "leek")
    assert images.coarse_names == ("fruit", "root")
    np.testing.assert_array_equal(images.coarse, np.repeat([0, 1], 10))
    assert collection.paths[7] == folder / "fruit/pear/2.png"


def test_images_are_memory_mapped_and_read_only(folder):
    images = photos.load(folder, 16).images.images
    assert isinstance(images, np.memmap) and not images.flags.writeable


def test_name_tells_the_content_not_the_place(folder, tmp_path):
    first = photos.load(folder, 16).images.name
    assert re.fullmatch(r"photos-[0-9a-f]{12}-16px", first)
    moved = folder.rename(tmp_path / "moved")
    assert photos.load(moved, 16).images.name == first
    paint(moved / "root" / "leek" / "0.png", seed=999)
    assert photos.load(moved, 16).images.name != first


def test_shorter_side_and_centre():
    wide = np.zeros((20, 60, 3), np.uint8)
    wide[:, 20:40] = (10, 200, 90)
    square = decoding.decode_square(as_png(Image.fromarray(wide)), 10)
    assert square.shape == (3, 10, 10)
    # The outermost columns take a little of their neighbours beyond the cut.
    assert (square[:, :, 1:-1] == np.array([10, 200, 90])[:, None, None]).all()
    assert (square[1] > 150).all()


def test_antialiased():
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    inner = decoding.decode_square(as_png(Image.fromarray(stripes)), 16)[:, :, 2:-2]
    assert np.abs(inner.astype(int) - 128).max() < 8


def test_decoding_shrinks_as_resize_does(tmp_path):
    content = paint(tmp_path / "a.png", size=(64, 64)).read_bytes()
    full = as_float(decoding.decode_square(content, 64)[None])
    small = as_float(decoding.decode_square(content, 24)[None])
    assert (resize(full, 24) - small).abs().max() < 2 / 255


def test_exif_orientation(tmp_path):
    image = Image.new("RGB", (40, 40), "red")
    image.paste("blue", (0, 0, 20, 40))  # blue on the left
    exif = Image.Exif()
    exif[0x0112] = 6  # must be turned clockwise: left becomes top
    image.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    red, _, blue = decoding.decode_square((tmp_path / "turned.jpg").read_bytes(), 20)
    assert blue[:8].min() > 200 and red[:8].max() < 50
    assert red[12:].min() > 200 and blue[12:].max() < 50


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1", "RGBA", "LA"])
def test_every_mode_becomes_rgb(mode):
    image = Image.new("RGB", (8, 8), "white").convert(mode)
    format = "TIFF" if mode == "CMYK" else "PNG"
    assert (decoding.decode_square(as_png(image, format), 4) == 255).all()


def test_transparency_on_white():
    image = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    assert (decoding.decode_square(as_png(image), 4) == 255).all()


def as_png(image, format="PNG"):
    import io

    stream = io.BytesIO()
    image.save(stream, format)
    return stream.getvalue()


def test_undecodable_photo_is_named_and_left_out(folder):
    broken = folder / "root" / "leek" / "2.png"
    broken.write_bytes(broken.read_bytes()[:60])
    heic = folder / "root" / "leek" / "phone.HEIC"
    heic.write_bytes(b"not decodable")
    for _ in range(2):  # from the cache, too
        with pytest.warns(UserWarning, match=r"2 of 21 .*leek/2.png.*phone.HEIC"):
            collection = photos.load(folder, 8)
        assert len(collection) == 19 and broken not in collection.paths
    expected = decoding.decode_square((folder / "root/leek/4.png").read_bytes(), 8)
    np.testing.assert_array_equal(collection.images.images[-1], expected)


def test_class_with_one_readable_photo_is_left_out(folder):
    for number in range(4):
        (folder / "root" / "leek" / f"{number}.png").write_bytes(b"broken")
    with pytest.warns(UserWarning) as said:
        collection = photos.load(folder, 8)
    assert [bool(re.search("root/leek; left out", str(one.message))) for one in said] == [0, 1]
    assert collection.images.fine_names == ("apple", "pear", "beet")
    for path, pixels in zip(collection.paths, collection.images.images, strict=True):
        np.testing.assert_array_equal(pixels, decoding.decode_square(path.read_bytes(), 8))


def test_nothing_decodable(tmp_path, cache):
    for name in "ab":
        (tmp_path / "set" / "class").mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / "class" / f"{name}.jpg").write_bytes(b"text")
    with pytest.raises(ValueError, match=r"none of the 2 photos .*a.jpg"):
        photos.load(tmp_path / "set")
    assert not list(cache.glob("photos/*/finished.json"))


def count_decodings(monkeypatch, stop_at=None):
    """Decode one photo after the other, counting; stop as Ctrl-C would at a given count."""
    calls = []
    decode = decoding._decode_file

    def counted(path, resolution):
        if len(calls) == stop_at:
            raise KeyboardInterrupt
        calls.append(path)
        return decode(path, resolution)

    monkeypatch.setattr(decoding, "_decode_file", counted)
    monkeypatch.setattr(decoding, "BLOCK", 4)
    monkeypatch.setattr(decoding, "ThreadPoolExecutor", InOrder)
    return calls


class InOrder:
    map = staticmethod(map)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None


def test_decoded_once(folder, monkeypatch):
    calls = count_decodings(monkeypatch)
    first = photos.load(folder, 8).images.images
    np.testing.assert_array_equal(photos.load(folder, 8).images.images, first)
    assert len(calls) == 20
    paint(folder / "fruit" / "apple" / "0.png", seed=77, size=(41, 30))
    photos.load(folder, 8)
    assert len(calls) == 40


def interrupt(folder, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        count_decodings(patch, stop_at=10)
        photos.load(folder, 8)


def expected_pixels(folder):
    files = sorted(folder.rglob("*.png"))
    return np.stack([decoding.decode_square(file.read_bytes(), 8) for file in files])


@pytest.mark.parametrize("torn", [False, True])
def test_resumes_after_an_interrupt(folder, cache, monkeypatch, torn):
    interrupt(folder, monkeypatch)
    assert not list(cache.glob("photos/*/finished.json"))
    if torn:  # the machine went down while both files were being written
        for name, rest in (("pixels.partial", "\0" * 99), ("progress.jsonl", '{"digest": "ab')):
            with next(cache.glob(f"photos/*/{name}")).open("a") as stream:
                stream.write(rest)
    calls = count_decodings(monkeypatch)
    images = photos.load(folder, 8).images.images
    assert len(calls) == 12  # 8 of the 10 had reached the disk, in two blocks of 4
    np.testing.assert_array_equal(images, expected_pixels(folder))


def test_starts_over_where_pixels_are_missing(folder, cache, monkeypatch):
    interrupt(folder, monkeypatch)
    os.truncate(next(cache.glob("photos/*/pixels.partial")), 10)
    calls = count_decodings(monkeypatch)
    images = photos.load(folder, 8).images.images
    assert len(calls) == 20
    np.testing.assert_array_equal(images, expected_pixels(folder))


def truncate(cache):
    os.truncate(cache / "pixels", 100)


def flip_a_byte(cache):
    content = bytearray((cache / "pixels").read_bytes())
    content[1234] ^= 255
    (cache / "pixels").write_bytes(content)


def spoil_the_record(cache):
    (cache / "finished.json").write_text('{"shape": [')


def remove_the_pixels(cache):
    (cache / "pixels").unlink()


@pytest.mark.parametrize("spoil", [truncate, flip_a_byte, spoil_the_record, remove_the_pixels])
def test_damaged_cache_is_noticed_and_rebuilt(folder, cache, spoil):
    photos.load(folder, 8)
    spoil(next(path for path in (cache / "photos").iterdir() if path.is_dir()))
    with pytest.warns(UserWarning, match="damaged"):
        images = photos.load(folder, 8).images.images
    np.testing.assert_array_equal(images, expected_pixels(folder))


def test_cache_never_inside_the_photos(folder, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(folder / "cache"))
    with pytest.raises(ValueError, match="COURSE_CACHE"):
        photos.load(folder, 8)


def test_photos_folder_is_left_alone(folder):
    before = sorted(folder.rglob("*"))
    photos.load(folder, 8)
    assert sorted(folder.rglob("*")) == before


# --- splits and protocols -------------------------------------------------------------------------


def test_split_from_labels_csv(listed):
    collection = photos.load(listed, 8)
    assert collection.split.tolist() == ["train"] * 4 + ["test"] * 4
    assert not collection.split_is_drawn
    protocol = photos.split_protocol(collection)
    assert protocol.queries.tolist() == [4, 5, 6, 7] and protocol.database.tolist() == [0, 1, 2, 3]
    assert protocol.own is None


def test_split_drawn_within_each_class(folder):
    collection = photos.load(folder, 8)
    assert collection.split_is_drawn
    assert collection.split.tolist() == ["train", "train", "train", "test", "test"] * 4
    with pytest.warns(UserWarning, match="drawn by file name.*split_by_occasion"):
        photos.split_protocol(photos.class_disjoint(collection)[1])


def test_unknown_split(listed):
    collection = photos.load(listed, 8)
    for names in (("val", "train"), ("train", "train")):
        with pytest.raises(ValueError, match="different splits of test, train"):
            photos.split_protocol(collection, *names)


def test_queries_without_an_answer_are_left_out(listed):
    rows = [f"all/{n}.png,{'ash' if n > 5 else 'oak'},tree,{'ab'[n > 2]}" for n in range(8)]
    collection = photos.load(write_csv(listed, *rows), 8)
    with pytest.warns(UserWarning, match="2 queries are left out.*ash"):
        protocol = photos.split_protocol(collection, queries="b", database="a")
    assert protocol.queries.tolist() == [3, 4, 5]


def test_no_query_has_an_answer(listed):
    rows = [f"all/{n}.png,{'ash' if n > 3 else 'oak'},tree,{'ab'[n > 3]}" for n in range(8)]
    collection = photos.load(write_csv(listed, *rows), 8)
    with pytest.raises(ValueError, match="no query has.*ash.*leave_one_out"):
        photos.split_protocol(collection, queries="b", database="a")


def test_leave_one_out(folder):
    protocol = photos.leave_one_out(photos.load(folder, 8))
    np.testing.assert_array_equal(protocol.database[protocol.own], protocol.queries)
    assert len(protocol.queries) == len(protocol.database) == 20


def test_leave_one_out_needs_two_of_a_class(folder):
    collection = photos.load(folder, 8).select(np.arange(6), "six")
    with pytest.raises(photos.LabelsError, match="one of pear; add"):
        photos.leave_one_out(collection)


def test_class_disjoint(folder):
    collection = photos.load(folder, 8)
    train, test = photos.class_disjoint(collection)
    assert not set(train.images.fine_names) & set(test.images.fine_names)
    assert len(train) + len(test) == 20 and not set(train.paths) & set(test.paths)
    assert train.images.name == f"{collection.images.name}-train0" != test.images.name
    for half in (train, test):
        assert np.unique(half.images.fine).tolist() == [0, 1]
        for path, fine in zip(half.paths, half.images.fine, strict=True):
            assert half.images.fine_names[fine] == path.parent.name
    rows = [collection.paths.index(path) for path in test.paths]
    np.testing.assert_array_equal(test.images.images, collection.images.images[rows])


def test_class_disjoint_follows_the_seed(folder):
    collection = photos.load(folder, 8)
    halves = [photos.class_disjoint(collection, seed)[0].images.fine_names for seed in range(9)]
    assert halves[0] == photos.class_disjoint(collection, 0)[0].images.fine_names
    assert len(set(halves)) > 1


def test_class_disjoint_needs_four_classes(listed):
    with pytest.raises(photos.LabelsError, match="2 fine classes cannot be halved"):
        photos.class_disjoint(photos.load(listed, 8))


def test_equal_fine_names_of_two_coarse_classes(tmp_path):
    for name in ("fruit/other/a", "fruit/other/b", "root/other/a", "root/other/b"):
        paint(tmp_path / "set" / f"{name}.png")
    images = photos.load(tmp_path / "set", 8).images
    assert images.fine_names == ("fruit/other", "root/other")


# --- public data sets -----------------------------------------------------------------------------


def grocery_archive(path, lists):
    """An archive laid out as the authors' one."""
    classes = (
        "Class Name (str),Class ID (int),Coarse Class Name (str),Coarse Class ID (int)\n"
        "Gala,0,Apple,0\nMilk,1,Milk,1\nButton,2,Mushroom,2\n"
    )
    picture = as_png(Image.new("RGB", (8, 8)))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Set-1/dataset/classes.csv", classes)
        for split, lines in lists.items():
            archive.writestr(f"Set-1/dataset/{split}.txt", "\n".join(lines) + "\n")
            for line in lines:
                archive.writestr(f"Set-1/dataset/{line.split(',')[0]}", picture)
    return path


@pytest.fixture
def download(monkeypatch, cache):
    """Let the next download bring a small archive instead of the real one."""
    import pooch

    lists = {
        "train": ["train/Fruit/Apple/Gala/1.jpg, 0, 0", "train/Packages/Milk/Milk/1.jpg, 1, 1"],
        "val": ["val/Vegetables/Button/1.jpg, 2, 2"],
        "test": ["test/Fruit/Apple/Gala/1.jpg, 0, 0"],
    }

    def retrieve(address, known_hash, fname, path, progressbar):
        assert re.search(r"/[0-9a-f]{40}\.zip$", address), "not pinned to one commit"
        return str(grocery_archive(Path(path) / fname, lists))

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    return lists


def expect(monkeypatch, **counts):
    source = replace(sources.SOURCES["grocery"], photos=counts)
    monkeypatch.setitem(sources.SOURCES, "grocery", source)


def test_fetch_converts_and_shows_the_licence(download, monkeypatch, capsys):
    expect(monkeypatch, train=1, val=1, test=1)
    folder = photos.fetch("grocery")
    assert "MIT" in capsys.readouterr().out
    assert (folder / "labels.csv").read_text().split() == [
        "path,fine,coarse,split",
        "train/Fruit/Apple/Gala/1.jpg,Gala,Apple,train",
        "val/Vegetables/Button/1.jpg,Button,Mushroom,val",
        "test/Fruit/Apple/Gala/1.jpg,Gala,Apple,test",
    ]
    download.clear()  # a second download would fail
    assert photos.fetch("grocery") == folder
    assert [path.name for path in folder.parent.iterdir() if path.suffix != ".lock"] == ["grocery"]


def test_fetch_checks_the_content(download, monkeypatch, cache):
    expect(monkeypatch, train=2, val=1, test=1)
    with pytest.raises(ValueError, match="instead of .*'train': 2"):
        photos.fetch("grocery")
    assert not (cache / "downloads" / "grocery").exists()


def test_fetch_without_network(monkeypatch):
    import pooch

    def retrieve(*_, **__):
        raise ConnectionError("no route")

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    with pytest.raises(photos.PhotosNotFound, match="no route.*folder"):
        photos.fetch("grocery")


def test_fetch_unknown_name():
    with pytest.raises(ValueError, match="'grocries'; known: grocery"):
        photos.fetch("grocries")


@pytest.mark.parametrize("name", ["../out.txt", "/out.txt", "a/../../out.txt", "C:\\out.txt"])
def test_unzip_refuses_paths_outside(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("fine.txt", "fine")
        archive.writestr(name, "bad")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive, pytest.raises(ValueError, match="out"):
        sources.safe_unzip(archive, tmp_path / "unpacked")
    assert not (tmp_path / "unpacked").exists() and not (tmp_path / "out.txt").exists()


def test_unzip_refuses_links(tmp_path):
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive, pytest.raises(ValueError, match="'link'"):
        sources.safe_unzip(archive, tmp_path / "unpacked")


# --- real photos ----------------------------------------------------------------------------------


def test_real_photos():
    if not os.environ.get("COURSE_PHOTOS"):
        pytest.skip("set COURSE_PHOTOS to a folder of photos to test with real ones")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # every real photo is decodable
        collection = photos.load(resolution=32)
    again = photos.load(resolution=32)
    assert again.images.name == collection.images.name
    np.testing.assert_array_equal(again.images.images, collection.images.images)
    assert collection.images.images.std() > 20
    train, test = photos.class_disjoint(collection)
    assert abs(len(train.images.fine_names) - len(test.images.fine_names)) <= 1
    protocol = photos.split_protocol(test)
    assert Counter(test.split)["train"] == len(protocol.database)
    assert set(test.images.fine[protocol.queries]) <= set(test.images.fine[protocol.database])
