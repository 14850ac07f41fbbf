"""The command line against an empty folder and against mistakes: one line that says what to do."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest

from contactcenter.cli import main
from tests.servers import free_port

Out = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The empty folder in which the commands run."""
    with chdir(tmp_path):
        yield tmp_path


@pytest.fixture
def begun(folder: Path) -> Path:
    """The folder after `contactcenter init`."""
    assert main(["init"]) == 0
    return folder


def refusal(out: Out, *command: str) -> str:
    """What a command that fails says: one line on standard error, and nothing on standard output."""
    out.readouterr()
    assert main(list(command)) == 1
    told = out.readouterr()
    assert told.out == ""
    assert told.err.startswith("contactcenter: ")
    assert told.err.count("\n") == 1
    return told.err.removeprefix("contactcenter: ").strip()


def test_without_a_command_it_lists_them(folder: Path, capsys: Out) -> None:
    assert main([]) == 2
    assert "serve" in capsys.readouterr().out


def test_every_command_explains_itself(capsys: Out) -> None:
    for command in (["serve"], ["demo"], ["doctor"], ["agent", "add"], ["token", "create"], ["verify"], ["--version"]):
        with pytest.raises(SystemExit) as ended:
            main([*command, "--help"] if command != ["--version"] else command)
        assert ended.value.code == 0
        assert capsys.readouterr().out


def test_init_writes_a_desk_that_the_doctor_finds_nothing_wrong_with_but_agents(folder: Path, capsys: Out) -> None:
    assert main(["init"]) == 0
    told = capsys.readouterr().out
    assert "next: contactcenter serve" in told
    main(["doctor"])
    checked = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("ok ")]
    assert [line for line in checked if "front end" not in line] == []
    assert "exists; remove it or choose another folder" in refusal(capsys, "init")


def test_a_first_agent_is_added_listed_moved_and_given_a_link_and_a_token(begun: Path, capsys: Out) -> None:
    capsys.readouterr()
    add = ["agent", "add", "Grace@example.test", "--name", "Grace", "--queue", "support"]
    assert main(add) == 0
    assert "/desk/sign-in/" in capsys.readouterr().out
    assert "contactcenter agent link grace@example.test" in refusal(capsys, *add)

    assert main(["agent", "list"]) == 0
    listed = capsys.readouterr().out
    assert "grace@example.test" in listed
    assert listed.rstrip().endswith("support")
    assert main(["agent", "queue", "grace@example.test", "support", "--out"]) == 0
    assert main(["agent", "link", "GRACE@example.test"]) == 0
    capsys.readouterr()
    assert main(["token", "create", "--role", "agent", "--agent", "grace@example.test", "--days", "1"]) == 0
    assert len(capsys.readouterr().out.strip()) > 40


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["agent", "add", "grace", "--name", "G"], "'grace' is no e-mail address"),
        (["agent", "add", "g@example.test", "--name", "G", "--queue", "moon"], "there is no queue 'moon'; there are"),
        (
            ["agent", "add", "g@example.test", "--name", "G", "--role", "king"],
            "role 'king' is unknown; it can be agent",
        ),
        (["agent", "link", "g@example.test"], "add one with contactcenter agent add g@example.test --name NAME"),
        (["agent", "queue", "g@example.test", "support"], "add one with contactcenter agent add"),
        (["agent", "queue", "g@example.test", "moon"], "there is no queue 'moon'"),
        (["token", "create", "--role", "agent", "--agent", "g@example.test"], "there is no agent g@example.test"),
        (["retry", "mail"], "there is no loop 'mail'; there are inbox, assistant, router, outbox, upkeep"),
        (["retry", "inbox", "7"], "inbox has no buried row 7"),
        (["retry", "outbox", "7"], "outbox has no buried row 7"),
        (["replay", "moon"], "no channel named 'moon' is configured; there are site"),
        (["serve", "--roles", "king"], "unknown role 'king'; roles are web, channels, worker, router"),
        (["serve", "--config", "gone.toml"], "cannot read settings file gone.toml"),
    ],
)
def test_a_mistake_is_told_in_one_line_with_the_remedy(begun: Path, capsys: Out, command: list[str], told: str) -> None:
    assert told in refusal(capsys, *command)


@pytest.mark.parametrize(
    "command",
    [["agent", "list"], ["buried"], ["retry", "inbox"], ["migrate"], ["doctor"]],
)
def test_a_command_that_only_looks_works_in_an_empty_folder(folder: Path, capsys: Out, command: list[str]) -> None:
    assert main(command) in (0, 1)
    assert capsys.readouterr().err == ""


def test_in_an_empty_folder_the_others_say_what_is_missing(folder: Path, capsys: Out) -> None:
    assert "there is no queue 'support'" in refusal(
        capsys, "agent", "add", "g@example.test", "--name", "G", "--queue", "support"
    )
    assert "there are none" in refusal(capsys, "replay", "site")


def test_verify_before_the_first_start_names_migrate(folder: Path, capsys: Out) -> None:
    assert "run contactcenter migrate" in refusal(capsys, "verify", "--quiet")
    assert main(["migrate"]) == 0
    assert main(["verify", "--quiet"]) == 0


def test_a_store_that_does_not_answer_is_told_without_its_password(folder: Path, capsys: Out) -> None:
    (folder / "contactcenter.toml").write_text(
        f'[store]\nurl = "postgresql://me:secret@127.0.0.1:{free_port()}/desk"', encoding="utf-8"
    )
    told = refusal(capsys, "agent", "list")
    assert "cannot be opened" in told
    assert "secret" not in told


def test_a_file_that_is_no_database_is_told(folder: Path, capsys: Out) -> None:
    (folder / "contactcenter.toml").write_text('[store]\nurl = "sqlite:///desk.db"', encoding="utf-8")
    (folder / "desk.db").write_text("a letter to Ada, and no database at all" * 50, encoding="utf-8")
    assert "cannot be opened" in refusal(capsys, "agent", "list")


def test_a_port_that_is_taken_is_told(begun: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = (begun / "contactcenter.toml").read_text(encoding="utf-8")
        (begun / "contactcenter.toml").write_text(text.replace("[web]\n", f"[web]\nport = {port}\n"), encoding="utf-8")
        program = Path(sys.executable).parent / "contactcenter"
        done = subprocess.run([program, "serve"], cwd=begun, capture_output=True, text=True, check=False)
    told = f"contactcenter: cannot listen on 127.0.0.1:{port}: Address already in use; choose another web.port"
    assert (done.returncode, done.stdout, done.stderr.splitlines()[-1]) == (1, "", told)
