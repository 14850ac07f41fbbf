"""Every number opens its rows: whatever has happened, figures, a recount and the lists agree."""

import random
from pathlib import Path
from typing import Any

from sqlalchemy import select

from contactcenter.figures import queues as figures
from contactcenter.model.columns import table
from contactcenter.model.tickets import LIVE_STATUSES, Merge
from contactcenter.verify import verify_all
from tests.desk import QuietDesk, RunningDesk, asking_policies, opened_quiet_desk
from tests.steps import Steps

HISTORY = 60  # steps


def test_after_a_random_history_the_counters_equal_a_recount(empty_store: Path, tmp_path: Path) -> None:
    with opened_quiet_desk(empty_store, tmp_path, asking_policies()) as quiet:
        for seed in range(16):
            steps = Steps(quiet, random.Random(seed))
            for _ in range(HISTORY):
                steps.random_step()
            assert counted(quiet) == recounted(quiet), f"seed {seed}"
        merges = quiet.rows(select(table(Merge)))
        assert len(merges) > 5
        assert any(merge.undone_at for merge in merges)


def counted(quiet: QuietDesk) -> dict[tuple[str, str], int]:
    by_queue = quiet.do(figures.by_queue)
    return {(queue, status): n for queue, row in by_queue.items() for status, n in row.items() if n}


def recounted(quiet: QuietDesk) -> dict[tuple[str, str], int]:
    return {key: n for key, n in quiet.do(figures.recount).items() if key[1] in LIVE_STATUSES}


async def test_the_figures_of_the_api_equal_the_rows_it_lists(any_desk: RunningDesk) -> None:
    desk = any_desk
    rng = random.Random(7)
    for number in range(12):
        await desk.people_only.say(f"c{number}@example.test", "Hello", f"m{number}", name=f"C{number}")
    for ticket in await desk.sam.items("/tickets"):
        await change(desk, ticket["id"], rng)
    await desk.people_only.say("c3@example.test", "Hello again", "m-again")

    shown = (await desk.sam.get("/queues/figures"))["items"]
    assert {row["queue"] for row in shown} == {"support", "sales"}
    for row in shown:
        listed = await desk.sam.items(f"/tickets?queue={row['queue']}&limit=5")
        for status in LIVE_STATUSES:
            assert row[status] == sum(ticket["status"] == status for ticket in listed), (row["queue"], status)
        waiting = [ticket for ticket in listed if ticket["status"] == "open" and ticket["assignee"] is None]
        assert row["waiting"] == len(waiting)
        assert row["oldest_waiting_since"] == min((ticket["waiting_since"] for ticket in waiting), default=None)
        alone = await desk.sam.items(f"/tickets?queue={row['queue']}&status=open&assignee=none")
        assert sorted(ticket["id"] for ticket in alone) == sorted(ticket["id"] for ticket in waiting)
    assert await verify_all(desk.settings, progress=False) == []


async def change(desk: RunningDesk, ticket: int, rng: random.Random) -> None:
    path = f"/tickets/{ticket}"
    changes: list[tuple[str, Any]] = [
        ("/status", {"status": "solved"}),
        ("/status", {"status": "closed"}),
        ("/status", {"status": "snoozed", "until": "2030-01-01T00:00:00Z"}),
        ("/assignment", {"queue": "support"}),
        ("/assignment", {"agent": "me"}),
    ]
    what, body = rng.choice([*changes, ("", None)])
    if what:
        await desk.sam.put(path + what, body)


async def test_agents_present_are_counted_in_the_queues_they_serve(desk: RunningDesk) -> None:
    await desk.grace.put("/agents/me/presence", {"presence": "available"})
    shown = {row["queue"]: row["agents_available"] for row in (await desk.sam.get("/queues/figures"))["items"]}
    assert shown == {"support": 1, "sales": 0}


def test_a_queue_whose_name_holds_a_colon_is_counted(quiet: QuietDesk) -> None:
    quiet.do(figures.moved, None, ("sales:emea", "open"))
    assert quiet.do(figures.by_queue)["sales:emea"]["open"] == 1
