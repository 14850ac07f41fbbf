"""Figures as a table to download, for spreadsheets: the cells of GET /figures, asked for in the same way."""

from aiohttp import web

from contactcenter.figures import told
from contactcenter.ports import Tx
from contactcenter.web.api.figures import counted
from contactcenter.web.api.operations import Call, Desk, query_of
from contactcenter.web.api.table import FIGURES
from contactcenter.web.auth import authenticate, require


def routes(desk: Desk) -> list[web.RouteDef]:
    """/api/v1/figures.csv."""

    async def table(request: web.Request) -> web.StreamResponse:
        caller = await authenticate(request, desk.store)
        require(caller, FIGURES.role)
        call = Call(caller, desk.policies, desk.assistant, {}, query_of(FIGURES, request), None)
        text = await desk.store.read(_table, call)
        name = {"Content-Disposition": 'attachment; filename="figures.csv"'}
        return web.Response(text=text, content_type="text/csv", charset="utf-8", headers=name)

    return [web.get("/api/v1/figures.csv", table)]


def _table(tx: Tx, call: Call) -> str:
    return told.table(call.policies.figures, counted(tx, call)[1])
