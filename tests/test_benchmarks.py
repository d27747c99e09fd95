"""The papers' benchmarks: true layouts in miniature, archives and pickles that must be refused."""

from __future__ import annotations

import functools
import gzip
import hashlib
import io
import os
import pickle
import tarfile
import tomllib
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from helpers import benchmarks
from helpers.benchmarks import archives, loading, metric_learning, plain_pickles
from helpers.photos import addresses

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("COURSE_CACHE", str(folder))
    return folder


def paint(path: Path, shade: int = 0, size: tuple[int, int] = (12, 8)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (shade, 2 * shade, 255 - shade)).save(path)
    return path


def lines(path: Path, *rows: str) -> None:
    path.write_text("\n".join(rows) + "\n")


# --- layouts in miniature: classes on both sides of each published cut


@pytest.fixture
def cub200(tmp_path):
    root = tmp_path / "CUB_200_2011"
    names = {1: "001.Albatross", 100: "100.Pelican", 101: "101.Pelican", 200: "200.Yellowthroat"}
    photos = [(label, f"{name}/{name}_{n}.jpg") for label, name in names.items() for n in (1, 2)]
    for shade, (_, path) in enumerate(photos):
        paint(root / "images" / path, shade)
    lines(root / "images.txt", *(f"{n} {path}" for n, (_, path) in enumerate(photos, 1)))
    lines(root / "image_class_labels.txt", *(f"{n} {c}" for n, (c, _) in enumerate(photos, 1)))
    return root


@pytest.fixture
def cars196(tmp_path):
    root = tmp_path / "cars196"
    kinds = ["relative_im_path", "bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2", "class", "test"]
    labels = [99, 1, 98, 196, 98]  # the official flag cuts across classes
    cars = np.zeros((1, len(labels)), dtype=[(kind, object) for kind in kinds])
    for number, label in enumerate(labels):
        path = f"car_ims/{number + 1:06d}.jpg"
        paint(root / path, number)
        cars[0, number] = (path, 1, 1, 5, 5, label, number % 2)
    names = np.array([[f"Car {label}" for label in range(1, 197)]], dtype=object)
    savemat(root / "cars_annos.mat", {"annotations": cars, "class_names": names})
    return root


@pytest.fixture
def sop(tmp_path):
    root = tmp_path / "Stanford_Online_Products"
    header = "image_id class_id super_class_id path"
    paths = [f"{kind}_final/{n}_0.JPG" for kind in ("bicycle", "chair") for n in (1, 2)]
    for shade, path in enumerate(paths):
        paint(root / path, shade)
    lines(root / "Ebay_train.txt", header, f"1 1 1 {paths[0]}", f"2 1 1 {paths[1]}")
    lines(root / "Ebay_test.txt", header, f"59552 11319 2 {paths[2]}", f"59553 11320 2 {paths[3]}")
    return root


def test_cub200_is_cut_after_class_100(cub200) -> None:
    train, test = benchmarks.read("cub200", cub200, check_counts=False)
    assert train.fine_names == ("001.Albatross", "100.Pelican")
    assert test.fine_names == ("101.Pelican", "200.Yellowthroat")
    assert train.fine.tolist() == test.fine.tolist() == [0, 0, 1, 1]
    assert train.paths[0] == cub200 / "images" / "001.Albatross" / "001.Albatross_1.jpg"


def test_cars196_is_cut_by_class_whatever_the_official_flag(cars196) -> None:
    train, test = benchmarks.read("cars196", cars196, check_counts=False)
    assert train.fine_names == ("Car 1", "Car 98") and test.fine_names == ("Car 99", "Car 196")
    assert [path.name for path in train.paths] == ["000002.jpg", "000003.jpg", "000005.jpg"]


def test_products_keep_their_kind_as_coarse_class(sop) -> None:
    train, test = benchmarks.read("sop", sop, check_counts=False)
    assert train.fine.tolist() == [0, 0] and train.coarse_names == ("bicycle",)
    assert test.fine.tolist() == [0, 1] and test.coarse_names == ("chair",)


@pytest.mark.parametrize("name", ["cub200", "cars196", "sop"])
def test_the_folder_around_is_found_too_and_counts_are_checked(name, request, tmp_path) -> None:
    request.getfixturevalue(name)
    with pytest.raises(benchmarks.BenchmarkError, match="instead of"):
        benchmarks.read(name, tmp_path)


@pytest.mark.parametrize("name", ["cub200", "cars196", "sop"])
def test_counts_are_those_that_sources_toml_states(name) -> None:
    split = addresses.described(name)["split"]
    assert all(f"{photos:,} images" in split for photos in metric_learning.LAYOUTS[name].photos)


@pytest.mark.parametrize("name", ["cub200", "cars196", "sop"])
def test_load_decodes_both_sides(name, request, monkeypatch) -> None:
    root = request.getfixturevalue(name)
    sides = benchmarks.read(name, root, check_counts=False)
    layout = replace(metric_learning.LAYOUTS[name], photos=tuple(map(len, sides)))
    monkeypatch.setitem(metric_learning.LAYOUTS, name, layout)
    train, test = benchmarks.load(name, root, 6)
    assert train.images.shape == (len(sides[0]), 3, 6, 6) and len(test) == len(sides[1])
    for listing, images in zip(sides, (train, test), strict=True):
        for path, pixels in zip(listing.paths, images.images, strict=True):
            with Image.open(path) as photo:
                shown = np.asarray(photo.convert("RGB"))[0, 0].astype(int)
            assert np.abs(pixels[:, 3, 3] - shown).max() <= 4
    assert train.name.startswith(f"{name}-train-") and train.name.endswith("-6px")


def test_a_missing_photo_and_a_broken_one_are_named(cub200) -> None:
    train, test = benchmarks.read("cub200", cub200, check_counts=False)
    test.paths[0].write_bytes(b"not a photo")
    with pytest.raises(benchmarks.BenchmarkError, match=test.paths[0].name):
        loading.decoded(train, test, cub200, 6)
    test.paths[1].unlink()
    with pytest.raises(benchmarks.BenchmarkError, match=test.paths[1].name):
        benchmarks.read("cub200", cub200, check_counts=False)


@pytest.mark.parametrize(
    ("name", "file", "content"),
    [
        ("cub200", "image_class_labels.txt", "1 1\n"),
        ("cub200", "images.txt", "1\n"),
        ("cars196", "cars_annos.mat", "no matrix"),
        ("sop", "Ebay_test.txt", "header\n1 2 3\n"),
        ("sop", "Ebay_test.txt", "header\n3 1 1 bicycle_final/1_0.JPG\n"),
    ],
)
def test_damaged_lists_are_refused(name, file, content, request) -> None:
    root = request.getfixturevalue(name)
    (root / file).write_text(content)
    with pytest.raises(benchmarks.BenchmarkError, match=name):
        benchmarks.read(name, root, check_counts=False)


def test_wrong_places_and_names_are_explained(tmp_path) -> None:
    with pytest.raises(benchmarks.BenchmarkError, match="there is no images.txt in"):
        benchmarks.read("cub200", tmp_path)
    with pytest.raises(ValueError, match="known: cub200, cars196, sop"):
        benchmarks.read("birds", tmp_path)


# --- Revisited Oxford and Paris


@pytest.fixture
def roxford(tmp_path):
    root = tmp_path / "roxford5k"
    database, queries = ["a_000001", "a_000002", "b_000003"], ["q_000001"]
    for shade, name in enumerate(database + queries):
        paint(root / "jpg" / f"{name}.jpg", shade, size=(40, 20))
    gnd = [{"bbx": [10.0, 0.0, 30.0, 10.0], "easy": np.array([0]), "hard": [1], "junk": []}]
    truth = {"imlist": database, "qimlist": queries, "gnd": gnd}
    (root / "gnd_roxford5k.pkl").write_bytes(pickle.dumps(truth))
    return root


def test_landmarks_in_their_layout(roxford) -> None:
    found = benchmarks.read_revisited("roxford", roxford, check_counts=False)
    assert [path.stem for path in found.database] == ["a_000001", "a_000002", "b_000003"]
    judged = found.judgements[0]
    assert [rows.tolist() for rows in (judged.easy, judged.hard, judged.junk)] == [[0], [1], []]
    assert found.query_image(0).shape == (3, 10, 20), "cropped to its box"
    assert found.query_image(0, longer_side=8).shape == (3, 4, 8)
    assert benchmarks.read_photo(found.database[0], 1024).shape == (3, 20, 40), "never enlarged"


def test_landmarks_are_counted_and_photos_missed(roxford) -> None:
    with pytest.raises(benchmarks.BenchmarkError, match="instead of 70 and 4993"):
        benchmarks.read_revisited("roxford", roxford)
    (roxford / "jpg" / "a_000002.jpg").unlink()
    with pytest.raises(benchmarks.BenchmarkError, match="first of them a_000002.jpg"):
        benchmarks.read_revisited("roxford", roxford, check_counts=False)


@pytest.mark.parametrize(
    "change",
    [
        {"gnd": []},
        {"gnd": [{"easy": []}]},
        {"gnd": [{"bbx": [1, 2], "easy": [0], "hard": [], "junk": []}]},
        {"gnd": [{"bbx": [0, 0, 1, 1], "easy": [7], "hard": [], "junk": []}]},
        {"gnd": [{"bbx": [0, 0, 1, 1], "easy": [2**80], "hard": [], "junk": []}]},
        {"imlist": 3},
    ],
)
def test_an_impossible_ground_truth_is_refused(roxford, change) -> None:
    file = roxford / "gnd_roxford5k.pkl"
    file.write_bytes(pickle.dumps(pickle.loads(file.read_bytes()) | change))
    with pytest.raises(benchmarks.BenchmarkError, match="gnd_roxford5k.pkl|photos are not there"):
        benchmarks.read_revisited("roxford", roxford, check_counts=False)


# --- pickles


PLAIN = {
    "names": ["a", "é"],
    "numbers": (1, 2.5, True, None, 2**70),
    "rows": np.arange(6).reshape(2, 3),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "big endian": np.arange(3, dtype=">i4"),
    "flags": np.array([True, False]),
    "words": np.array(["one", "three"]),
    "single": np.float32(0.5),
    "empty": np.zeros(0, np.int64),
}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_pickles_are_read_as_they_are(tmp_path, protocol) -> None:
    file = tmp_path / "plain.pkl"
    file.write_bytes(pickle.dumps(PLAIN, protocol))
    found = plain_pickles.read(file)
    assert found.keys() == PLAIN.keys()
    for name, expected in PLAIN.items():
        np.testing.assert_array_equal(found[name], expected)
        assert type(found[name]) is type(expected), name
        assert getattr(found[name], "dtype", None) == getattr(expected, "dtype", None)


class Runs:
    """Pickled, it asks for any function to be called."""

    def __init__(self, function, *arguments) -> None:
        self.asked = function, arguments

    def __reduce__(self):
        return self.asked


@pytest.mark.parametrize(
    ("function", "arguments", "name"),
    [
        (os.system, ("touch ran",), "system"),
        (eval, ("open('ran', 'w')",), "eval"),
        (getattr, ("x", "upper"), "getattr"),
        (np.load, ("ran",), "load"),
    ],
)
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_that_runs_anything_is_refused_by_name(
    tmp_path, monkeypatch, function, arguments, name, protocol
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "bad.pkl"
    file.write_bytes(pickle.dumps({"gnd": [Runs(function, *arguments)]}, protocol))
    with pytest.raises(benchmarks.UnsafePickle, match=name):
        plain_pickles.read(file)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps(np.array([{}, []], dtype=object)),
        pickle.dumps(np.zeros(2, dtype=[("a", "i4")])),
        pickle.dumps(np.datetime64("2020-01-01")),
        pickle.dumps(np.dtype("i4")),
        pickle.dumps(PLAIN)[:-40],
        b"",
        b"not a pickle",
        b"cnumpy\nndarray\n.",
        b"cnumpy\nndarray\n(dS'code'\nI1\nsb.",
        b"c_codecs\nencode\n(S'x'\nS'zip'\ntR.",
        b"(lp0\ng0\na.",  # a list that holds itself
        pickle.dumps(functools.reduce(lambda inner, _: [inner, inner], range(60), [])),
    ],
    ids=range(12),
)
def test_objects_and_damage_are_refused(tmp_path, content) -> None:
    file = tmp_path / "bad.pkl"
    file.write_bytes(content)
    with pytest.raises(benchmarks.UnsafePickle, match="bad.pkl was not read"):
        plain_pickles.read(file)


def test_no_byte_changed_in_a_pickle_raises_another_error(tmp_path) -> None:
    content, file, refused = pickle.dumps(PLAIN), tmp_path / "bad.pkl", []
    for place in range(len(content)):
        changed = content[place] ^ (1, 128, 255)[place % 3]
        file.write_bytes(content[:place] + bytes([changed]) + content[place + 1 :])
        try:
            plain_pickles.read(file)
        except benchmarks.UnsafePickle as error:
            refused.append(str(error))
    assert len(refused) > len(content) / 4


# --- archives


def tar(path: Path, *members: tarfile.TarInfo, content: bytes = b"x" * 5000) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for member in members:
            member.size = len(content) if member.isfile() else 0
            archive.addfile(member, io.BytesIO(content))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def test_archives_and_files_are_put_together(tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("b/two.txt", "two")
    (tmp_path / "list.mat").write_text("list")
    files = [
        tar(tmp_path / "a.tgz", member("a/one.txt")),
        tmp_path / "b.zip",
        tmp_path / "list.mat",
    ]
    folder = benchmarks.unpack(files, tmp_path / "all")
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert found == {"a/one.txt", "b/two.txt", "list.mat"}
    with pytest.raises(FileExistsError, match="is there already"):
        benchmarks.unpack(files, tmp_path / "all")


@pytest.mark.parametrize(
    "bad",
    [
        member("../out.txt"),
        member("a/../../out.txt"),
        member("/out.txt"),
        member("C:\\out.txt"),
        member("a\\..\\..\\out.txt"),
        member("link", tarfile.SYMTYPE, "../out.txt"),
        member("link", tarfile.LNKTYPE, "a/one.txt"),
        member("pipe", tarfile.FIFOTYPE),
        member("device", tarfile.CHRTYPE),
    ],
    ids=lambda bad: bad.name,
)
def test_members_that_lead_out_are_refused_whole(tmp_path, bad) -> None:
    archive = tar(tmp_path / "bad.tgz", member("a/one.txt"), bad)
    with pytest.raises(benchmarks.ArchiveError, match="leads out|is a link"):
        benchmarks.unpack([archive], tmp_path / "deep" / "all")
    assert list((tmp_path / "deep").iterdir()) == [] and not (tmp_path / "out.txt").exists()


@pytest.mark.parametrize("kind", ["tgz", "zip"])
def test_every_truncated_archive_is_refused_and_leaves_nothing(tmp_path, kind) -> None:
    whole = tmp_path / f"whole.{kind}"
    if kind == "tgz":
        tar(whole, member("a/one.txt"), content=os.urandom(3000))
    else:
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a/one.txt", os.urandom(3000))
    content, cut = whole.read_bytes(), tmp_path / f"cut.{kind}"
    for length in range(0, len(content) - 1, 97):
        cut.write_bytes(content[:length])
        with pytest.raises(benchmarks.ArchiveError, match="fetch it again"):
            benchmarks.unpack([cut], tmp_path / "all")
        assert not (tmp_path / "all").exists() and not (tmp_path / "all.partial").exists()


def test_damaged_zips_raise_one_kind_of_error(tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "whole.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/one.txt", b"spam and eggs " * 20)
    content, bad = (tmp_path / "whole.zip").read_bytes(), tmp_path / "bad.zip"
    refused = 0
    for place in range(len(content)):
        bad.write_bytes(content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :])
        try:
            benchmarks.unpack([bad], tmp_path / str(place))
        except benchmarks.ArchiveError:
            refused += 1
    assert refused > len(content) / 3


def test_a_full_disk_is_not_blamed_on_the_archive(tmp_path, monkeypatch) -> None:
    archive = tar(tmp_path / "a.tgz", member("a/one.txt"))
    nothing_left = type("Usage", (), {"free": 10})
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda folder: nothing_left)
    with pytest.raises(OSError, match="unpacking needs .* COURSE_CACHE"):
        benchmarks.unpack([archive], tmp_path / "all")
    assert not (tmp_path / "all.partial").exists()


def test_a_wrong_checksum_is_refused(tmp_path) -> None:
    file = tmp_path / "a.tgz"
    file.write_bytes(gzip.compress(b"content"))
    digest = hashlib.md5(file.read_bytes()).hexdigest()
    archives.check_digest(file, f"md5:{digest}")
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(benchmarks.ArchiveError, match=f"instead of {digest}"):
        archives.check_digest(file, f"md5:{digest}")


# --- fetching, and the one place with addresses


@pytest.fixture
def from_files(tmp_path, monkeypatch):
    """A data set of two files whose 'downloads' are copied from a folder."""
    import pooch

    remote = tmp_path / "remote"
    remote.mkdir()
    tar(remote / "photos.tgz", member("photos/1.jpg"))
    (remote / "list.txt").write_text("1.jpg")
    digest = hashlib.sha256((remote / "photos.tgz").read_bytes()).hexdigest()
    toml = tmp_path / "sources.toml"
    toml.write_text(
        '[tiny]\nname = "Tiny"\npage = "page"\nterms = "MIT"\n'
        'files = ["https://example.org/photos.tgz", "https://example.org/list.txt"]\n'
        f'checksums = ["sha256:{digest}"]\n'
    )
    monkeypatch.setattr(addresses, "FILE", toml)

    def retrieve(address, known_hash, fname, path, progressbar):
        file = Path(path) / fname
        file.write_bytes((remote / fname).read_bytes())
        return str(file)

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    return remote


def test_fetch_checks_unpacks_and_shows_terms(from_files, capsys) -> None:
    folder = benchmarks.fetch("tiny")
    assert "Terms: MIT" in capsys.readouterr().out
    assert (folder / "photos" / "1.jpg").is_file() and (folder / "list.txt").is_file()
    (from_files / "photos.tgz").unlink()
    assert benchmarks.fetch("tiny") == folder, "a second call downloads nothing"


def test_fetch_refuses_another_archive_and_tries_again(from_files) -> None:
    whole = (from_files / "photos.tgz").read_bytes()
    (from_files / "photos.tgz").write_bytes(whole[:-9])
    with pytest.raises(benchmarks.ArchiveError, match="sha256 checksum"):
        benchmarks.fetch("tiny")
    (from_files / "photos.tgz").write_bytes(whole)
    assert benchmarks.fetch("tiny").is_dir()


def test_without_network_the_address_and_a_way_out_are_named(from_files) -> None:
    (from_files / "list.txt").unlink()
    with pytest.raises(OSError, match="cannot download https://example.org/list.txt .* mirror"):
        benchmarks.fetch("tiny")


def test_addresses_of_data_stand_in_one_file() -> None:
    known = tomllib.loads((ROOT / "data" / "sources.toml").read_text(encoding="utf-8"))
    hosts = {file.split("/")[2] for source in known.values() for file in source["files"]}
    assert len(hosts) > 4
    for module in (ROOT / "helpers").rglob("*.py"):
        text = module.read_text(encoding="utf-8")
        assert not [host for host in hosts if f"//{host}" in text], module
