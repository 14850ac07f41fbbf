"""The command line against an empty folder and against mistakes: one line that says what to do."""

import os
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
    assert "09:00 to 17:00 UTC: [hours.office]" in told
    main(["doctor"])
    checked = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("ok ")]
    assert [line for line in checked if "front end" not in line] == [
        "BAD no agents: contactcenter agent add EMAIL --name NAME --queue QUEUE"
    ]
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
        (["agent", "add", "g@example.test", "--name", "G", "--capacity", "0"], "capacity must be at least 1"),
        (["agent", "add", "g@example.test", "--name", " "], "the name is empty"),
        (["agent", "set", "g@example.test", "--name", "G"], "there is no agent g@example.test"),
        (["agent", "end", "g@example.test"], "there is no agent g@example.test"),
        (["token", "create", "--role", "agent"], "a token of role agent acts as somebody: give --agent EMAIL"),
        (["token", "create", "--role", "admin", "--days", "0"], "--days must be more than 0"),
        (["token", "create", "--role", "admin", "--days", "nan"], "--days must be more than 0"),
        (["token", "revoke", "12345678"], "there is no token 12345678; contactcenter token list shows them"),
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


@pytest.mark.parametrize("command", [["agent", "list"], ["buried"], ["retry", "inbox"], ["token", "list"], ["migrate"]])
def test_a_command_that_only_looks_works_before_the_first_start(begun: Path, capsys: Out, command: list[str]) -> None:
    assert main(command) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "command",
    [
        ["serve"],
        ["doctor"],
        ["migrate"],
        ["verify"],
        ["buried"],
        ["retry", "inbox"],
        ["replay", "site"],
        ["agent", "list"],
        ["agent", "add", "g@example.test", "--name", "G"],
        ["token", "list"],
    ],
)
def test_in_a_folder_without_a_desk_no_second_desk_begins(folder: Path, capsys: Out, command: list[str]) -> None:
    told = "no contactcenter.toml here; go to the desk's folder, give --config FILE, or begin with contactcenter init"
    assert refusal(capsys, *command) == told
    assert list(folder.iterdir()) == []


def test_without_queues_and_channels_it_says_that_there_are_none(folder: Path, capsys: Out) -> None:
    (folder / "contactcenter.toml").touch()
    assert "there is no queue 'support'" in refusal(
        capsys, "agent", "add", "g@example.test", "--name", "G", "--queue", "support"
    )
    assert "there are none" in refusal(capsys, "replay", "site")


def test_verify_before_the_first_start_names_migrate(begun: Path, capsys: Out) -> None:
    assert "run contactcenter migrate" in refusal(capsys, "verify", "--quiet")
    assert main(["migrate"]) == 0
    assert main(["verify", "--quiet"]) == 0


def test_what_the_desk_keeps_is_for_its_owner_alone(begun: Path) -> None:
    before = os.umask(0o022)
    try:
        assert main(["agent", "add", "grace@example.test", "--name", "Grace"]) == 0
    finally:
        found = os.umask(before)
    assert found == 0o022  # as the caller had it
    kept = {path.name: path.stat().st_mode & 0o777 for path in (begun / "var").iterdir()}
    assert kept["contactcenter.db"] == 0o600
    assert set(kept.values()) == {0o600}
    assert (begun / "var").stat().st_mode & 0o777 == 0o700


def test_an_agent_is_changed(begun: Path, capsys: Out) -> None:
    main(["agent", "add", "grace@example.test", "--name", "Grace", "--queue", "support"])
    capsys.readouterr()
    assert main(["agent", "set", "Grace@example.test", "--role", "supervisor", "--capacity", "9"]) == 0
    assert capsys.readouterr().out == "grace@example.test: Grace, supervisor, capacity 9\n"
    assert main(["agent", "set", "grace@example.test", "--name", "Grace H."]) == 0
    main(["agent", "list"])
    listed = capsys.readouterr().out.splitlines()[-1].split()
    assert listed == ["1", "grace@example.test", "Grace", "H.", "supervisor", "9", "offline", "support"]


def test_an_agent_who_leaves_is_out_of_everything_and_stays_listed(begun: Path, capsys: Out) -> None:
    main(["agent", "add", "grace@example.test", "--name", "Grace", "--queue", "support"])
    main(["token", "create", "--role", "agent", "--agent", "grace@example.test"])
    capsys.readouterr()
    assert main(["agent", "end", "GRACE@example.test"]) == 0
    told = "Grace has left: out of every queue, 0 tickets given back, 2 sessions, links and tokens ended\n"
    assert capsys.readouterr().out == told
    assert main(["token", "list"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["agent", "list"]) == 0
    assert capsys.readouterr().out.split()[-2:] == ["5", "offline"]
    assert main(["agent", "end", "grace@example.test"]) == 0  # again, as after an interruption


def test_a_token_is_listed_by_an_id_and_revoked_by_it(begun: Path, capsys: Out) -> None:
    main(["token", "create", "--role", "supervisor"])
    main(["agent", "add", "grace@example.test", "--name", "Grace"])
    main(["token", "create", "--role", "agent", "--agent", "grace@example.test", "--days", "1"])
    token = capsys.readouterr().out.splitlines()[-1]
    assert main(["token", "list"]) == 0
    nobodys, hers = capsys.readouterr().out.splitlines()
    assert nobodys.split()[1:3] == ["supervisor", "nobody"]
    assert nobodys.endswith("valid for ever")
    name, role, whose = hers.split()[:3]
    assert (role, whose) == ("agent", "grace@example.test")
    assert "valid until " in hers
    assert token not in hers

    assert main(["token", "revoke", name.upper()]) == 0
    capsys.readouterr()
    assert main(["token", "list"]) == 0
    assert capsys.readouterr().out.splitlines() == [nobodys]
    assert f"there is no token {name}; contactcenter token list" in refusal(capsys, "token", "revoke", name)


def test_a_file_in_the_way_of_the_stores_folder_is_told(begun: Path, capsys: Out) -> None:
    (begun / "var").write_text("no folder", encoding="utf-8")
    told = f"the database {begun}/var/contactcenter.db cannot be made: {begun}/var is no folder"
    assert refusal(capsys, "agent", "list") == told
    assert refusal(capsys, "serve") == told
    main(["doctor"])
    assert f"BAD store: {told}" in capsys.readouterr().out


@pytest.mark.parametrize("place", ["desk/contactcenter.db", "contactcenter.db"])
def test_a_place_where_no_store_can_be_made_is_told(folder: Path, capsys: Out, place: str) -> None:
    (folder / "contactcenter.toml").write_text(f'[store]\nurl = "sqlite:////proc/{place}"', encoding="utf-8")
    assert f"the database /proc/{place} cannot be " in refusal(capsys, "agent", "list")
    assert f"the database /proc/{place} cannot be " in refusal(capsys, "serve")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_a_store_that_may_only_be_read_is_told(begun: Path, capsys: Out) -> None:
    main(["migrate"])
    (begun / "var" / "contactcenter.db").chmod(0o400)
    assert "contactcenter.db cannot be written: you may not write to" in refusal(capsys, "agent", "list")


def test_a_folder_that_cannot_be_made_is_told(folder: Path, capsys: Out) -> None:
    (folder / "file").touch()
    assert "cannot make the folder file/desk: Not a directory" in refusal(capsys, "init", "file/desk")
    assert "cannot make the folder" in refusal(capsys, "demo", "--keep", "file/desk")
    assert "--port must be from 0 to 65535" in refusal(capsys, "demo", "--port", "70000")


def test_the_doctor_names_two_channels_with_one_door_or_one_address(begun: Path, capsys: Out) -> None:
    mail = '[channels.{}]\nkind = "email"\naddress = "{}@example.test"\nsmtp_listen = "127.0.0.1:2525"\n'
    file = begun / "contactcenter.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + mail.format("one", "one") + mail.format("two", "two"), encoding="utf-8")
    assert main(["doctor"]) == 1
    found = [line for line in capsys.readouterr().out.splitlines() if line.startswith("BAD setting")]
    assert found == ["BAD setting channels.two.smtp_listen: 127.0.0.1:2525 is that of channels.one already"]
    same = mail.format("one", "one") + mail.format("two", "one").replace("2525", "2526")
    file.write_text(text + same, encoding="utf-8")
    assert main(["doctor"]) == 1
    assert "BAD setting channels.two.address: one@example.test is that of channels.one" in capsys.readouterr().out


def test_the_doctor_names_the_queue_whose_hours_have_no_open_hour(begun: Path, capsys: Out) -> None:
    file = begun / "contactcenter.toml"
    text = file.read_text(encoding="utf-8")
    never = '[hours.never]\nclosed_on = ["2026-12-25"]\n[queues.sales]\nhours = "never"\n'
    file.write_text(text + never, encoding="utf-8")
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "BAD setting queues.sales.hours: [hours.never] has no open hour, nobody would ever be there" in told
    file.write_text(text + never.replace("[queues", 'monday = ["09:00-17:00"]\nholidays = "DEU"\n[queues'), "utf-8")
    assert main(["doctor"]) == 1
    assert "BAD setting hours.never: holidays: none are known of 'DEU'; did you mean 'DE'?" in capsys.readouterr().out


def test_the_doctor_names_every_channel_that_is_wrong(begun: Path, capsys: Out) -> None:
    wrong = '[channels.a]\nkind = "emial"\n[channels.b]\nkind = "webchat"\nqueue = "moon"\n'
    file = begun / "contactcenter.toml"
    file.write_text(file.read_text(encoding="utf-8") + wrong, encoding="utf-8")
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "BAD setting channels.a.kind: unknown kind 'emial'; did you mean 'email'?" in told
    assert "BAD channels.b: there is no [queues.moon]" in told
    assert "ok  settings" not in told


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


def test_the_figures_of_a_day_are_told_and_make_a_table(begun: Path, capsys: Out) -> None:
    capsys.readouterr()
    assert main(["figures", "--day", "2026-11-20"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "2026-11-20 (UTC)"
    assert "offered                     0" in told
    assert any(line.startswith("service level ") and "answered/offered within 60 s" in line for line in told)
    assert main(["figures", "--csv"]) == 0
    assert capsys.readouterr().out.startswith("begin,queue,channel,asked,")
    assert "2026-11-20" in refusal(capsys, "figures", "--day", "yesterday")
    assert main(["forecast", "--day", "2026-11-20"]) == 0
    assert capsys.readouterr().out == "2026-11-20: nothing is known of this weekday yet (0 days are known)\n"


def test_figures_that_are_older_than_the_counting_are_filled_in(begun: Path, capsys: Out) -> None:
    assert main(["figures", "backfill"]) == 0
    assert capsys.readouterr().out == "0 rows counted that were not counted when they happened\n"
    assert main(["figures", "--team", "support", "--tag", "vip"]) == 0
    assert "promises kept: first answer" in capsys.readouterr().out
