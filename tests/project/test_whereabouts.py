"""A folder of images that is not below the project's own is asked for: nothing in it is touched before."""

from __future__ import annotations

import os
import shutil
from contextlib import closing

import pytest

from app.problem import Problem, shortened
from app.project import agreements
from app.project.links import way_out
from app.project.new_file import relative_to
from app.project.quality.checks import check
from app.project.safety.backup import back_up, backups_of, told_backup
from app.project.safety.repair import repair
from app.project.store import Project
from app.project.whereabouts import Unasked, Whereabouts, images_folder
from tests.conftest import drained
from tests.project.strangers import home_of_somebody, image_rows, say, sent, ways_to
from tests.project.watching import watched

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links need a right there")
WAYS = ("absolute", "relative", "turning", "link", "two links", "below a link")
SERVER = "//server/share"


@pytest.fixture
def home_of(tmp_path):
    return home_of_somebody(tmp_path)


@pytest.fixture
def mail(tmp_path):
    return tmp_path / "mail"


@pytest.mark.parametrize("way", WAYS)
def test_folder_outside_is_asked_for_and_nothing_there_is_touched_before(home_of, mail, way):
    path = sent(mail, ways_to(home_of, mail)[way], "a.png", "b.png")
    before = image_rows(path)
    with watched(home_of, f"{mail}/images/") as touched, closing(Project.open(path)) as project:
        assert not project.read_only
        assert str(home_of) in project.whereabouts.question
        for look in (
            lambda: list(project.folder.scan()), project.folder.missing_images,
            lambda: project.image_path(project.images()[0]),
        ):  # fmt: skip
            with pytest.raises(Unasked, match=r"nothing was looked at there\. .* maskwright trust\.$"):
                look()
        assert len(list(project.annotation_table.all())) == 2
        assert drained(check(project)) == []
    assert touched == []
    assert image_rows(path) == before


def test_server_is_not_asked_who_asks(mail):
    path = sent(mail, SERVER, "a.png")
    with watched(SERVER, "/server") as touched, closing(Project.open(path)) as project:
        assert SERVER in project.whereabouts.question
        with pytest.raises(Unasked):
            list(project.folder.scan())
        assert drained(check(project)) == []
    assert touched == []


def test_person_is_asked_once_for_a_project_and_a_folder(home_of, mail):
    path = sent(mail, str(home_of), "a.png")
    with closing(Project.open(path)) as project:
        project.whereabouts.settle()
        with watched(home_of) as touched:
            list(project.folder.scan())
        assert str(home_of / "holidays") in touched
        assert [image.path for image in project.images()] == ["a.png", "b.png", "holidays/c.png"]
        assert project.folder.missing_images() == []
    with closing(Project.open(path)) as again:
        assert again.whereabouts.is_settled
        back_up(path)
    with closing(Project.open(backups_of(path)[0])) as backup:
        assert backup.whereabouts.is_settled
        assert backup.root == home_of
    say(path, str(home_of / "holidays"))
    with closing(Project.open(path)) as other:
        assert str(home_of / "holidays") in other.whereabouts.question
    copy = shutil.copytree(mail, mail.with_name("copy")) / path.name
    say(copy, str(home_of))
    with closing(Project.open(copy)) as elsewhere:
        assert not elsewhere.whereabouts.is_settled


def test_link_that_leads_elsewhere_by_now_is_asked_for_again(home_of, mail, tmp_path):
    (tmp_path / "photos").mkdir()
    link = tmp_path / "current"
    link.symlink_to(tmp_path / "photos")
    path = sent(mail, str(link))
    with closing(Project.open(path)) as project:
        project.whereabouts.settle()
    assert agreements.is_agreed(path, link)
    link.unlink()
    link.symlink_to(home_of)
    assert not agreements.is_agreed(path, link)


@pytest.mark.parametrize("images", ["photos", "mail/photos", "."])
def test_who_makes_a_project_has_said_where_its_images_are(tmp_path, mail, images):
    mail.mkdir()
    (tmp_path / images).mkdir(exist_ok=True)
    Project.create(mail / "p.maskwright", tmp_path / images).close()
    with closing(Project.open(mail / "p.maskwright")) as project:
        assert project.whereabouts.is_settled
        assert project.root == tmp_path / images
    assert agreements.file().exists() == (not images.startswith("mail"))


def test_folder_below_the_own_one_is_not_asked_for(home_of, mail):
    inside = shutil.copytree(home_of, mail / "images")
    (mail / "also").symlink_to("images/holidays")
    for name in ("images", "also", ".", str(inside)):
        path = sent(mail, name)
        with closing(Project.open(path)) as project:
            assert project.whereabouts.is_settled, name
            list(project.folder.scan())
            assert project.images()
        path.unlink()
    assert not agreements.file().exists()


def test_project_behind_a_link_finds_the_images_beside_it(home_of, tmp_path):
    (tmp_path / "disk" / "deep").mkdir(parents=True)
    (tmp_path / "here").symlink_to(tmp_path / "disk" / "deep")
    Project.create(tmp_path / "here" / "p.maskwright", home_of).close()
    for folder in (tmp_path / "here", tmp_path / "disk" / "deep"):
        with closing(Project.open(folder / "p.maskwright")) as project:
            assert project.root.samefile(home_of)
            assert project.whereabouts.is_settled


def test_way_from_project_to_images_stays_one_where_both_lie_behind_a_link(tmp_path):
    """As below /tmp of macOS: they can still be moved together."""
    (tmp_path / "disk" / "p").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    assert relative_to(tmp_path / "link" / "photos", tmp_path / "link" / "p") == "../photos"
    assert relative_to(tmp_path / "photos", tmp_path / "link" / "p") == "../../photos"


@pytest.mark.parametrize("name", ["link/a.png", "a.png", "stack.tif#page=2", "../somebody/a.png", "/{0}/a.png"])
def test_image_behind_a_link_that_leads_out_is_not_looked_at(home_of, mail, name):
    """Below the own folder, where nothing is asked."""
    mail.mkdir()
    (mail / "link").symlink_to(home_of)
    (mail / "a.png").symlink_to(home_of / "a.png")
    (mail / "stack.tif").symlink_to(home_of / "a.png")
    path = sent(mail, ".", name.format(home_of))
    with watched(home_of) as touched, closing(Project.open(path)) as project:
        with pytest.raises(Problem, match="lies outside the folder of the images"):
            project.image_path(project.images()[0])
        list(project.folder.scan())
        assert project.folder.missing_images() == [name.format(home_of)]
        assert len(project.images()) == 1
        drained(check(project))
    assert touched == []


def test_list_of_what_an_export_wrote_is_no_link(home_of, mail):
    (mail / "export").mkdir(parents=True)
    (mail / "export" / ".maskwright.json").symlink_to(home_of / "taxes.txt")
    with watched(home_of) as touched, closing(Project.open(sent(mail, "."))) as project:
        list(project.folder.scan())
    assert touched == []


def test_another_folder_can_be_named(home_of, mail):
    path = sent(mail, SERVER, "a.png")
    with closing(Project.open(path)) as project:
        with pytest.raises(Problem, match="is not a folder"):
            project.folder.look_in(home_of / "nowhere")
        project.folder.look_in(home_of)
        assert project.image_path(project.images()[0]) == home_of / "a.png"
    with closing(Project.open(path)) as again:
        assert again.whereabouts.is_settled
        assert again.folder.missing_images() == []


@pytest.mark.parametrize("images_dir", ["a\0b", "x" * 1_000_000, "\0"])
def test_project_that_names_no_folder_shows_its_objects_and_says_so(home_of, mail, images_dir):
    path = sent(mail, images_dir, "a.png")
    with closing(Project.open(path)) as project:
        assert len(list(project.annotation_table.all())) == 1
        assert project.whereabouts.question == "This project does not say in which folder its images are."
        for look in (lambda: list(project.folder.scan()), project.folder.missing_images):
            with pytest.raises(Problem, match="does not say in which folder"):
                look()
        with pytest.raises(Problem, match="choose one"):
            project.whereabouts.settle()
        project.folder.look_in(home_of)
        assert project.folder.missing_images() == []


@pytest.mark.parametrize("name", ["a\0b.png", "x" * 1_000_000 + ".png", "y" * 300 + ".png", "z/" * 1500 + "a.png"])
def test_image_whose_name_no_file_can_have_is_missing(mail, name):
    path = sent(mail, ".", name)
    with closing(Project.open(path)) as project:
        list(project.folder.scan())
        assert project.folder.missing_images() == [name]
        found = drained(check(project))
        assert len(found) == 1
        assert found[0].kind == "unreadable"
        assert len(found[0].sentence) < 5000


def test_damaged_or_unwritable_agreements_only_ask_again(home_of, mail, monkeypatch):
    path = sent(mail, str(home_of))
    file = agreements.file()
    file.parent.mkdir(parents=True, exist_ok=True)
    for damage in (b"\0" * 100, b"[1]", b"[" * 100_000, b'{"a": ["b"]}'):
        file.write_bytes(damage)
        assert not agreements.is_agreed(path, home_of)
    agreements.agree(path, home_of)
    assert agreements.is_agreed(path, home_of)
    file.unlink()
    file.mkdir()  # nothing can be written in its place
    agreements.agree(path, home_of)
    assert agreements.is_agreed(path, home_of)
    with closing(Project.open(path)) as project:
        assert project.whereabouts.is_settled


def test_repaired_project_may_look_where_the_old_one_may(home_of, mail, tmp_path):
    path, new = sent(mail, str(home_of), "a.png"), tmp_path / "new" / "p.maskwright"
    new.parent.mkdir()
    with watched(home_of) as touched:
        drained(repair(path, new))
    assert touched == []
    with closing(Project.open(new)) as project:
        assert not project.whereabouts.is_settled
    new.unlink()
    with closing(Project.open(path)) as project:
        project.whereabouts.settle()
    drained(repair(path, new))
    with closing(Project.open(new)) as project:
        assert project.whereabouts.is_settled
        assert project.root == home_of


def test_backup_is_repaired_with_the_images_of_its_project(mail, tmp_path):
    path = sent(mail, "images", "a.png")
    (mail / "images").mkdir()
    back_up(path)
    drained(repair(backups_of(path)[0], tmp_path / "new.maskwright"))
    with closing(Project.open(tmp_path / "new.maskwright")) as project:
        assert project.root == mail / "images"


def test_names_in_sentences_are_short_and_move_no_cursor():
    assert shortened("a" * 10_000) == "a" * 150 + "…" + "a" * 150
    assert shortened("a\x1b[2Jb\nc\0") == "a�[2Jb�c�"
    assert shortened("猫\u3000写真.png") == "猫\u3000写真.png"


def test_loop_of_links_leads_out(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert way_out(tmp_path, tmp_path / "a" / "x") is not None


def test_folder_is_told_without_dots(tmp_path):
    assert images_folder(tmp_path / "p.maskwright", "../photos") == tmp_path.parent / "photos"
    assert Whereabouts(tmp_path / "p.maskwright", "").root == tmp_path


def test_backups_are_not_written_over_those_of_somebody_else(home_of, mail):
    """A link in their place: there the oldest would be forgotten for them."""
    for number in range(15):
        (home_of / f"mine {number}.maskwright").write_text("precious")
    before = sorted(home_of.iterdir())
    path = sent(mail, ".", "a.png")
    (mail / "sent.maskwright-backups").symlink_to(home_of)
    with watched(home_of, f"{mail}/sent.maskwright-backups/") as touched:
        assert backups_of(path) == []
        with pytest.raises(Problem, match=r"^No backup of sent\.maskwright was made: .* is a link"):
            told_backup(path)
    assert touched == []
    assert sorted(home_of.iterdir()) == before


def test_oldest_agreements_are_forgotten_and_those_of_a_while_at_once(home_of, mail, tmp_path, monkeypatch):
    monkeypatch.setattr(agreements, "_MOST", 3)
    projects = [tmp_path / f"{number}.maskwright" for number in range(5)]
    for project in projects:
        agreements.agree(project, home_of)
    assert [agreements.is_agreed(project, home_of) for project in projects] == [False, False, True, True, True]
    agreements.forget(projects[3])
    assert [agreements.is_agreed(project, home_of) for project in projects] == [False, False, True, False, True]
    assert not [file.name for file in agreements.file().parent.iterdir() if file.suffix == ".part"]
