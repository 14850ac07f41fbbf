"""What becomes of messages when processes are killed, servers restart, and the disk is full or read-only.

Visitors, mail senders and an agent go on until they have a receipt for everything, while the desk is killed at random
moments. Afterwards nothing may be lost, stored twice or out of order, and an answer may have reached the mail relay
twice only where the desk had reported its fate as unknown. Fails when any of this is not so.

Without options every part runs that can run here; --embedded, --scaled, --disk-full and --read-only choose.
"""

import argparse
import asyncio
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from bench.common import program
from bench.common.desk import SERVE
from bench.common.disasters import can_mount, frail_disk, small_disk
from bench.common.figures import Goal
from bench.common.processes import ROOT
from bench.common.program import Wrong, say, until
from bench.common.stage import Ground, Scene, Sizes, Victim, kill_again_and_again, staged
from tests.servers import PostgreSQL, Redis

SEED = 20261121
QUICK = Sizes(visitors=10, says=10, senders=5, writes=10)  # 150 messages
WHOLE = Sizes(visitors=40, says=35, senders=10, writes=60)  # 2,000 messages
FILLING = Sizes(visitors=10, says=200, senders=5, writes=100)  # more than a small disk takes
FULL = 8  # MiB: the schema, and some hundred messages in the write-ahead log
ROOMY = 200
FAULTS = ("lost", "twice", "disordered", "unsettled")

Part = Callable[[Path, bool], Awaitable[dict[str, Any]]]


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """The chosen parts, one after the other."""
    parts: dict[str, Part] = {
        "embedded": embedded, "scaled": scaled, "disk_full": disk_full, "read_only": read_only,
    }  # fmt: skip
    chosen = [name for name in parts if getattr(options, name)] or list(parts)
    figures: dict[str, Any] = {}
    for name in chosen:
        missing = _missing(name)
        if missing:
            say(f"faults: left out {name}: {missing}")
            continue
        say(f"faults: {name}")
        with tempfile.TemporaryDirectory(prefix="contactcenter-bench-", ignore_cleanup_errors=True) as folder:
            figures[name] = await parts[name](Path(folder), options.quick)
    goals = [
        Goal(f"{fault}, {name.replace('_', ' ')}", 0, found[fault], must=True)
        for name, found in figures.items()
        for fault in FAULTS
    ]
    return figures, goals


def _missing(part: str) -> str:
    """What a part needs and is not here."""
    if part == "scaled" and not (PostgreSQL.find() and shutil.which("redis-server")):
        return "it needs PostgreSQL and Redis"
    if part == "disk_full" and not can_mount():
        return "only root may mount a small disk"
    if part == "read_only" and not can_mount("mkfs.ext4", "e2fsck"):
        return "only root may mount a disk, and it needs mkfs.ext4"
    return ""


# --- killed -----------------------------------------------------------------------------------------------------------


async def embedded(folder: Path, quick: bool) -> dict[str, Any]:
    """One process over SQLite, killed."""
    ground = Ground(f"sqlite:///{folder}/contactcenter.db", pipeline=3)
    kills = 12 if quick else 100
    async with staged(folder, ground, QUICK if quick else WHOLE, SEED) as scene:
        await kill_again_and_again(scene, kills, 1.0, random.Random(SEED), _nothing)
        return await scene.finish()


async def scaled(folder: Path, quick: bool) -> dict[str, Any]:
    """Two processes over PostgreSQL and Redis, either of which is killed; so are the servers, now and then."""
    programs, program_of_redis = PostgreSQL.find(), shutil.which("redis-server")
    assert programs is not None
    assert program_of_redis is not None
    postgres = await asyncio.to_thread(PostgreSQL, programs)
    redis = Redis(program_of_redis)
    restarts = {"postgresql": 0, "redis": 0}
    kills = 8 if quick else 100

    async def besides(number: int) -> None:
        for server, every in ((postgres, 8), (redis, 5)):
            if number % every == every - 2:
                await asyncio.to_thread(server.kill)
                await asyncio.to_thread(server.start)
                restarts[server.name] += 1

    try:
        await asyncio.to_thread(postgres.start)
        await asyncio.to_thread(redis.start)
        ground = Ground(postgres.url(), redis.url, processes=2)
        async with staged(folder, ground, QUICK if quick else WHOLE, SEED) as scene:
            await kill_again_and_again(scene, kills, 3.0, random.Random(SEED), besides)
            return {"restarts": restarts, **await scene.finish()}
    finally:
        await asyncio.to_thread(redis.remove)
        await asyncio.to_thread(postgres.remove)


async def _nothing(number: int) -> None:
    """Nothing happens besides."""


# --- disks ------------------------------------------------------------------------------------------------------------


async def disk_full(folder: Path, quick: bool) -> dict[str, Any]:
    """The disk runs full under way, is found full at a start, and gets room again."""
    with small_disk(folder / "disk", FULL) as disk:
        ground = Ground(f"sqlite:///{folder}/disk/contactcenter.db")
        async with staged(folder, ground, FILLING, SEED) as scene:
            await scene.victims[0].up()
            scene.budget.release(scene.budget.left)
            await _play_refused(scene)
            disk.resize(ROOMY)
            scene.victims[0].start()
            return await scene.finish()


async def read_only(folder: Path, quick: bool) -> dict[str, Any]:
    """The disk becomes read-only under way, is found so at a start, and is repaired."""
    with frail_disk(folder / "disk", ROOMY) as disk:
        ground = Ground(f"sqlite:///{folder}/disk/contactcenter.db")
        async with staged(folder, ground, FILLING, SEED) as scene:
            await scene.victims[0].up()
            scene.budget.release(scene.budget.left // 5)
            await scene.quiet()
            disk.give_up()
            scene.budget.release(scene.budget.left)
            await _play_refused(scene)
            disk.repair()
            scene.victims[0].start()
            return await scene.finish()


async def _play_refused(scene: Scene) -> None:
    """Everybody is refused and keeps what they have; the desk is killed, and cannot be started."""
    (victim,) = scene.victims
    await until(lambda: _refused(scene), "that everybody is refused")
    chat, mail = scene.refusals
    scene.extra["visitors_were_told"], scene.extra["senders_were_told"] = sorted(set(chat)), sorted(set(mail))
    scene.extra["log"] = sorted({line.partition(" ")[2] for line in victim.words.splitlines()[-5:]})
    victim.kill()
    scene.extra["start_in_vain"] = await asyncio.to_thread(_start_in_vain, victim)


async def _refused(scene: Scene) -> bool:
    chat, mail = scene.refusals
    return len(chat) >= len(scene.visitors) and len(mail) >= len(scene.senders)


def _start_in_vain(victim: Victim) -> str:
    """What a desk says that cannot start: one line, and no traceback."""
    command = [sys.executable, *SERVE, "serve", "--config", str(victim.file)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=8)
    except subprocess.TimeoutExpired:
        return "it starts after all, and uses what room is left in its own files"
    if done.returncode == 0 or "Traceback" in done.stderr:
        raise Wrong(f"a start in vain ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stderr.strip().splitlines()[-1]


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.faults")
    parser.add_argument("--embedded", action="store_true", help="kill -9 over SQLite")
    parser.add_argument(
        "--scaled", action="store_true", help="kill -9 over PostgreSQL and Redis, which restart as well"
    )
    parser.add_argument("--disk-full", action="store_true", help="SQLite on a disk that runs full (needs root)")
    parser.add_argument("--read-only", action="store_true", help="SQLite on a disk that is read-only (needs root)")
    return parser


if __name__ == "__main__":
    program.run("faults", measure, _options())
