"""Files are written whole, or the old one stays as it was."""

import errno
import os

import pytest

from gdtui.storage.writing import replacing, replacing_text, unwritable


def test_what_was_written_takes_the_name(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("old")
    with replacing_text(path) as file:
        file.write("θ\n")
        assert path.read_text() == "old"
    assert path.read_bytes() == "θ\n".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    with replacing(link) as file:
        file.write(b"\xff")
    assert link.is_symlink()
    assert target.read_bytes() == b"\xff"


@pytest.mark.parametrize("write", [replacing, replacing_text])
def test_what_fails_on_its_way_leaves_the_old_file(tmp_path, write):
    path = tmp_path / "rows.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError), write(path) as file:
        file.write("half" if write is replacing_text else b"half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("write", [replacing, replacing_text])
def test_a_full_disk_leaves_the_old_file(tmp_path, write, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "rows.csv"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"), write(path) as file:
        file.write("new" if write is replacing_text else b"new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_where_no_file_can_be_written_it_is_told(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert unwritable(str(tmp_path / "rows.csv")) is None
    assert "directory" in unwritable(str(tmp_path))
    assert "no such directory" in unwritable(str(tmp_path / "none" / "rows.csv"))
    assert "pipe" in unwritable(str(pipe))
    assert "path" in unwritable("")
    assert "path" in unwritable("a\0b")


@pytest.mark.parametrize(
    ("path", "why"),
    [("~nobody-at-all/rows.csv", "there is no such directory"), ("a\0.csv", "type the path of a file"),
     ("\ud800.csv", "no text in UTF-8")],
)  # fmt: skip
def test_a_path_that_leads_nowhere_is_told(path, why):
    assert why in unwritable(path)


def test_where_the_directory_one_is_in_has_gone(tmp_path, monkeypatch):
    place = tmp_path / "gone"
    place.mkdir()
    monkeypatch.chdir(place)
    place.rmdir()
    assert "type a whole path" in unwritable("rows.csv")
    assert unwritable(str(tmp_path / "rows.csv")) is None
