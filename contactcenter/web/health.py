"""Is it alive, is it ready, and how is it doing (Prometheus' text format)."""

import asyncio
import gc
import time
from collections.abc import Callable

from aiohttp import web

from contactcenter.figures import queues as figures
from contactcenter.flow import health, ledger, queries
from contactcenter.model.values import StoreUnavailable
from contactcenter.ports import Tx
from contactcenter.web.api.operations import Desk

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def routes(desk: Desk, ready: asyncio.Event) -> list[web.RouteDef]:
    """/healthz says that the process answers, /readyz that it can do its work, /metrics in figures."""

    async def healthz(request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(request: web.Request) -> web.Response:
        if not ready.is_set():
            return web.json_response({"status": "starting"}, status=503)
        try:
            await desk.store.read(figures.by_queue)
        except StoreUnavailable:
            return web.json_response({"status": "the store does not answer"}, status=503)
        return web.json_response({"status": "ready"})

    async def metrics(request: web.Request) -> web.Response:
        lines = await desk.store.read(_figures)
        text = "\n".join([*lines, *_process()]) + "\n"
        return web.Response(body=text.encode(), headers={"Content-Type": METRICS_TYPE})

    return [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)]


def _figures(tx: Tx) -> list[str]:
    lines = ["# TYPE contactcenter_tickets gauge"]
    for queue, counted in sorted(figures.by_queue(tx).items()):
        lines += [
            f'contactcenter_tickets{{queue="{queue}",status="{status}"}} {count}' for status, count in counted.items()
        ]
    lines.append("# TYPE contactcenter_waiting gauge")
    lines += [f'contactcenter_waiting{{queue="{row.stream}"}} {row.tickets}' for row in tx.all(queries.WAITING_FIGURES)]
    lines.append("# TYPE contactcenter_buried gauge")
    lines += [
        f'contactcenter_buried{{loop="{loop}"}} {len(work.buried(tx, limit=1000))}'
        for loop, work in ledger.LEDGERS.items()
    ]
    lines.append("# TYPE contactcenter_channel_failing gauge")
    lines += [
        f'contactcenter_channel_failing{{channel="{channel}",side="{side}"}} {int(row.failing_since is not None)}'
        for side in health.SIDES
        for channel, row in health.shown(tx, side).items()
    ]
    return lines


def _process() -> list[str]:
    counters: list[tuple[str, Callable[[], float]]] = [
        ("process_cpu_seconds_total", time.process_time),
        ("python_gc_collections_total", lambda: sum(item["collections"] for item in gc.get_stats())),
    ]
    return [line for name, value in counters for line in (f"# TYPE {name} counter", f"{name} {value()}")]
