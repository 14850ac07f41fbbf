"""Disks that run full and disks that give up: a small tmpfs, and an ext4 in a file. Only root may mount either."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class SmallDisk:
    """A tmpfs of so many MiB, which can be given room."""

    def __init__(self, place: Path, size: int) -> None:
        self._place = place
        _run("mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", str(place))

    def resize(self, size: int) -> None:
        """In MiB."""
        _run("mount", "-o", f"remount,size={size}m", str(self._place))


class FrailDisk:
    """An ext4 that becomes read-only under its users, as it does by itself when its device fails."""

    def __init__(self, place: Path, size: int) -> None:
        self._place = place
        self._image = place.with_suffix(".img")
        with self._image.open("wb") as image:
            image.truncate(size * 1024 * 1024)
        _run("mkfs.ext4", "-q", str(self._image))
        self._mount()

    def give_up(self) -> None:
        """Every write from here on is refused; ext4(5), mount option abort.

        Call it when nothing is being written: in two of forty trials here a plain program's fdatasync returned success
        at this very moment, and what it had synced was gone after the repair (Linux 6.18).
        """
        _run("mount", "-o", "remount,abort", str(self._place))

    def repair(self) -> None:
        """Nobody may use it meanwhile."""
        _run("umount", str(self._place))
        fixed = subprocess.run(["e2fsck", "-fy", str(self._image)], check=False, capture_output=True)
        if fixed.returncode > 1:  # 1: errors were corrected
            raise RuntimeError(fixed.stdout.decode())
        self._mount()

    def _mount(self) -> None:
        _run("mount", "-o", "loop,errors=remount-ro", str(self._image), str(self._place))


@contextmanager
def small_disk(place: Path, size: int) -> Iterator[SmallDisk]:
    """A tmpfs until the block ends."""
    place.mkdir()
    disk = SmallDisk(place, size)
    try:
        yield disk
    finally:
        _run("umount", "-l", str(place))


@contextmanager
def frail_disk(place: Path, size: int) -> Iterator[FrailDisk]:
    """An ext4 until the block ends."""
    place.mkdir()
    disk = FrailDisk(place, size)
    try:
        yield disk
    finally:
        _run("umount", "-l", str(place))


def can_mount(*programs: str) -> bool:
    """Are we root, on a Linux that lets root mount, and has it these programs?"""
    if sys.platform != "linux" or os.geteuid() != 0 or not all(map(shutil.which, programs)):
        return False
    probe = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(probe, check=False, capture_output=True).returncode == 0


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
