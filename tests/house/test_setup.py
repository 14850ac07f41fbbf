"""What `make` relies on: everything is pinned, nothing says where it comes from, and the wheel carries all it needs."""

import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.servers import left_out

ROOT = Path(__file__).parents[2]
PIN = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>[\w.]+)(?: ; [^\n\\]+?)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n"
)
REGISTRY = re.compile(r"py" r"pi\.org|python" r"hosted\.|npm" r"js\.(org|com)|yarn" r"pkg\.|--(extra-)?index" r"-url")


def committed() -> list[Path]:
    """The files that git has or, before a commit, would have."""
    names = subprocess.check_output(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, text=True)
    return [ROOT / name for name in names.split("\0") if (ROOT / name).is_file()]


def plain(requirement: str) -> str:
    """The bare name of a requirement as locks write it: no extras, versions or markers."""
    return re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-")


def test_no_file_says_where_packages_come_from() -> None:
    text = {path: path.read_text(errors="replace") for path in committed()}
    assert [str(path) for path, content in text.items() if REGISTRY.search(content)] == []


@pytest.mark.parametrize(
    "lock", ["requirements.lock", "requirements-encoder.lock", "requirements-node.lock", "requirements-telegram.lock"]
)
def test_a_lock_holds_versions_and_hashes_and_nothing_else(lock: str) -> None:
    assert PIN.sub("", (ROOT / lock).read_text()) == ""


def test_the_lock_pins_all_that_pyproject_asks_for() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = pyproject["build-system"]["requires"] + pyproject["project"]["dependencies"]
    asked += pyproject["dependency-groups"]["dev"]
    pinned = {match["name"] for match in PIN.finditer((ROOT / "requirements.lock").read_text())}
    assert {plain(requirement) for requirement in asked} - pinned == set()


@pytest.mark.parametrize("folder", ["frontend", "tools/slack-types"])
def test_a_lock_of_node_holds_hashes_and_no_addresses(folder: str) -> None:
    packages = json.loads((ROOT / folder / "package-lock.json").read_text())["packages"]
    packages.pop("")
    assert [name for name, package in packages.items() if "integrity" not in package or "resolved" in package] == []


def test_the_wheel_carries_the_front_end_and_the_configuration(tmp_path: Path) -> None:
    if not (ROOT / "contactcenter/web/assets/.built").exists():
        left_out("the front end is not built: make setup")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    carried = {"contactcenter/web/assets/widget.js", "contactcenter/config/contactcenter.toml"}
    assert carried - names == set()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"contactcenter"}
