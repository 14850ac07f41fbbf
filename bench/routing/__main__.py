"""How the product's router fares on simulated days, beside round robin, and beside agents who can all do everything.

The tickets and agents are those of a generator outside this repository (`--tickets`): the same for everybody who is
compared. Shares are fractions of 1; waiting at close and costs are absolute.
"""

import argparse
import importlib.util
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean, pstdev
from types import ModuleType
from typing import Any

from bench.common import program
from bench.common.figures import Goal, percentile, significant
from bench.routing import generated
from bench.routing.dispatchers import RoundRobin, Router
from bench.routing.generated import EMAIL, OPEN_SECONDS
from contactcenter.routing.day import Day, Dispatcher, Task

GENERATOR = Path(__file__).resolve().parents[3] / "shared/bench/routing/sim.py"
LOADS = (0.85, 0.95, 1.05)
AGENTS_SEED = 7  # the same agents every day
# By load: SLA, gap to pooled, misses beside round robin, chat, abandoned, urgent, e-mail, waiting, spread, Jain, sticky
BARS: dict[float, tuple[float, ...]] = {
    0.85: (0.995, 0.004, 0.20, 0.99, 0.006, 0.99, 1.0, 0, 0.05, 0.995, 0.45),
    0.95: (0.988, 0.009, 0.15, 0.975, 0.013, 0.983, 1.0, 0, 0.035, 0.997, 0.28),
    1.05: (0.978, 0.015, 0.15, 0.95, 0.025, 0.973, 0.995, 199, 0.035, 0.998, 0.21),
}


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """Days of every load, and their means."""
    made = generator(options.tickets)
    first, _, last = options.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)[: 2 if options.quick else None]
    figures, goals = {}, []
    for load in options.load:
        days = []
        for seed in seeds:
            program.say(f"load {load}, seed {seed}")
            days.append(day_of(made, options.agents, load, seed))
        figures[str(load)] = found = _means(days)
        if options.agents == 30 and load in BARS:
            goals += _goals(load, found)
    return figures, goals


def generator(path: Path) -> ModuleType:
    """What makes the tickets."""
    spec = importlib.util.spec_from_file_location("tickets_of_a_day", path)
    if spec is None or spec.loader is None or not path.is_file():
        sys.exit(f"routing: {path} is not there; name the file that makes the tickets with --tickets")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def day_of(made: ModuleType, agents: int, load: float, seed: int) -> dict[str, Any]:
    """One day three times, with the same tickets: ours, ours where everybody can do everything, round robin."""

    def passed(dispatcher: Dispatcher, *, universal: bool = False) -> Day:
        staff = made.make_agents(agents, random.Random(AGENTS_SEED), universal)
        day = generated.day_of(made.gen(seed, agents, load), staff, dispatcher)
        day.run()
        return day

    router = Router(seed)
    ours = passed(router)
    pooled, plain = passed(Router(seed), universal=True), passed(RoundRobin())
    return {**_figures(ours), "sla_pooled": _sla(pooled), "sla_fifo_rr": _sla(plain), "costs": router.costs}


def _figures(day: Day) -> dict[str, float]:
    known = [task for task in day.tasks if task.origin.prev is not None and task.began is not None]
    talks = [task for task in day.tasks if task.origin.ch != EMAIL]
    worked = [worker.worked for worker in day.workers]
    return {
        "sla": _sla(day),
        "chat_sla": _sla(day, lambda task: task.origin.ch == 0),
        "abandoned": sum(task.gave_up is not None for task in talks) / len(talks),
        "urgent_sla": _sla(day, lambda task: task.origin.pr == 0),
        "email_sla": _sla(day, lambda task: task.origin.ch == EMAIL),
        "waiting_at_close": sum(
            task.gave_up is None and (task.began is None or task.began > OPEN_SECONDS) for task in day.tasks
        ),
        "occupancy_sd": pstdev(worker.busy / OPEN_SECONDS for worker in day.workers),
        "jain": sum(worked) ** 2 / (len(worked) * sum(each * each for each in worked)),
        "sticky": sum(task.agent == task.origin.prev + 1 for task in known) / max(1, len(known)),
    }


def _sla(day: Day, which: Callable[[Task], bool] = lambda task: True) -> float:
    """Of all offered, those begun within their target."""
    tasks = [task for task in day.tasks if which(task)]
    kept = sum(task.began is not None and task.began - task.origin.arr <= task.origin.tgt for task in tasks)
    return float(kept / len(tasks))


def _means(days: Sequence[dict[str, Any]]) -> dict[str, float]:
    names = [name for name in days[0] if name != "costs"]
    costs = [cost / 1000 for day in days for cost in day["costs"]]
    return {name: round(mean(day[name] for day in days), 5) for name in names} | {
        "decision_us_p50": significant(percentile(costs, 0.5)),
        "decision_us_p99": significant(percentile(costs, 0.99)),
    }


def _goals(load: float, found: dict[str, float]) -> list[Goal]:
    bars = BARS[load]
    missed = (1 - found["sla"]) / (1 - found["sla_fifo_rr"])
    reached = [
        ("promises kept", found["sla"], True),
        ("short of agents who can do everything", found["sla_pooled"] - found["sla"], False),
        ("promises missed, of those that round robin misses", missed, False),
        ("web chat: promises kept", found["chat_sla"], True),
        ("abandoned, of all but e-mail", found["abandoned"], False),
        ("urgent: promises kept", found["urgent_sla"], True),
        ("e-mail: promises kept", found["email_sla"], True),
        ("waiting at close", found["waiting_at_close"], False),
        ("occupancy, standard deviation", found["occupancy_sd"], False),
        ("fairness (Jain)", found["jain"], True),
        ("to the agent of before", found["sticky"], True),
    ]
    return [
        Goal(f"load {load}: {text}", bar, value, at_least)
        for bar, (text, value, at_least) in zip(bars, reached, strict=True)
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.routing", description=__doc__)
    parser.add_argument("--agents", type=int, default=30, metavar="N")
    parser.add_argument("--load", type=float, nargs="+", default=LOADS, metavar="L", help="peak arrivals / capacity")
    parser.add_argument("--seeds", default="1000-1009", metavar="A-B")
    parser.add_argument("--tickets", type=Path, default=GENERATOR, metavar="FILE", help="the generator of tickets")
    program.run("routing", measure, parser)
