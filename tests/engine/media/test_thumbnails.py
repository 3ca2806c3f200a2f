"""Thumbnails: made once, kept by content, and never in the way of the work."""

import io
import shutil
import threading

import pytest
from PIL import Image

from engine.errors import DataError
from engine.media.hashing import hash_file
from engine.media.thumbnails import Thumbnails, encode


@pytest.fixture
def kept(tmp_path):
    thumbnails = Thumbnails(tmp_path / "cache")
    yield thumbnails
    thumbnails.close()


@pytest.fixture
def picture(tmp_path, draw):
    path = draw(tmp_path / "a.png", 3, (400, 300))
    return path, hash_file(path)


def size(data):
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "JPEG"
        return image.size


def test_it_fits_the_edge_and_is_never_enlarged(kept, picture, tmp_path, draw):
    assert size(kept.get(*picture)) == (192, 144)
    assert size(kept.get(*picture, edge=64)) == (64, 48)
    tiny = draw(tmp_path / "tiny.png", 1, (8, 6))
    assert size(kept.get(tiny, hash_file(tiny))) == (8, 6)
    assert size(encode(Image.new("RGB", (4000, 1)))) == (192, 1)


def test_it_is_made_once(kept, picture):
    path, hash = picture
    first = kept.get(path, hash)
    path.unlink()
    assert kept.get(path, hash) == first and kept.kept(hash) == first
    again = Thumbnails(path.parent / "cache")
    assert again.get(path, hash) == first
    again.close()
    with pytest.raises(DataError, match="gone"):
        kept.get(path, hash, edge=50)


def test_an_upright_photo_has_an_upright_thumbnail(kept, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (800, 400), "teal").save(tmp_path / "x.jpg", exif=exif)
    assert size(kept.get(tmp_path / "x.jpg", hash_file(tmp_path / "x.jpg"))) == (96, 192)


def test_what_a_changed_file_shows_is_not_kept_under_the_old_content(kept, picture, draw):
    path, hash = picture
    draw(path, 9, (100, 100))
    assert size(kept.get(path, hash)) == (100, 100)
    assert kept.kept(hash) is None


@pytest.mark.parametrize("harm", ["delete", "damage", "delete folder", "no table"])
def test_a_lost_or_damaged_cache_starts_anew(tmp_path, picture, harm):
    cache = tmp_path / "cache"
    thumbnails = Thumbnails(cache)
    first = thumbnails.get(*picture)
    thumbnails.close()
    file = cache / "thumbnails.sqlite"
    if harm == "delete":
        file.unlink()
    elif harm == "damage":
        file.write_bytes(b"rubbish" * 1000)
    elif harm == "delete folder":
        shutil.rmtree(cache)
    else:
        file.write_bytes(b"")
    assert thumbnails.get(*picture) == first  # made again; the damaged file goes
    thumbnails.put(picture[1], first)
    picture[0].unlink()
    assert thumbnails.get(*picture) == first  # kept again
    thumbnails.close()


def test_a_cache_deleted_while_it_is_open(kept, picture, tmp_path):
    first = kept.get(*picture)
    shutil.rmtree(tmp_path / "cache")
    assert kept.get(*picture) == first
    assert kept.kept(picture[1]) == first
    assert (tmp_path / "cache/thumbnails.sqlite").exists()


def test_without_the_right_to_write_it_works_without_keeping(tmp_path, picture, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    thumbnails = Thumbnails(tmp_path / "cache")
    assert size(thumbnails.get(*picture)) == (192, 144)
    assert not (tmp_path / "cache").exists()
    thumbnails.close()


def test_a_full_disk_does_not_stop_the_work(kept, picture):
    kept.put("other", b"x" * 10_000)
    connection = kept._open()
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    kept.put("big", b"x" * 1_000_000)
    assert kept.kept("big") is None and kept.kept("other") == b"x" * 10_000
    assert size(kept.get(*picture)) == (192, 144)


def test_many_threads_at_once(kept, tmp_path, draw):
    files = [draw(tmp_path / f"{n}.png", n, (300, 200)) for n in range(20)]
    hashes = [hash_file(file) for file in files]
    failed = []

    def work():
        try:
            for file, hash in zip(files, hashes, strict=True):
                assert size(kept.get(file, hash)) == (192, 128)
        except Exception as error:  # noqa: BLE001 - told to the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == [] and all(kept.kept(hash) for hash in hashes)
