"""Every figure is a number of rows, and opens exactly these; slots sum to the day, also when the clocks change."""

import csv
import io
import random
from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from contactcenter.figures import recount, report, told
from contactcenter.figures.backlog import Backlog, backlog
from contactcenter.figures.days import SLOT, days, instant
from contactcenter.figures.recount import slots_of
from contactcenter.figures.report import FIGURES, FORMULAS, Counts, Scope, Terms
from contactcenter.figures.tallies import ADD, tally
from contactcenter.flow import actions, tags
from contactcenter.flow.policies import QueuePolicy
from contactcenter.model.columns import DAY, HOUR, MINUTE, SECOND
from contactcenter.ports import Tx
from contactcenter.routing.hours import Hours
from contactcenter.routing.openings import Span
from tests.desk import QuietDesk, RunningDesk, opened_quiet_desk, promising_policies, quiet_policies
from tests.steps import BusySteps

BERLIN = Terms("Europe/Berlin", within=20 * MINUTE)
DAYS = ("2026-03-29", "2026-10-25", "2026-11-20")
ALL = 1_000_000


@pytest.fixture(scope="module")
def busy(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A desk that was busy over the two days on which the clocks change, and another one."""
    with opened_quiet_desk(empty_store, tmp_path_factory.mktemp("busy"), promising_policies()) as quiet:
        steps = BusySteps(quiet, random.Random(5))
        for day in DAYS:
            begin = instant(day, BERLIN.timezone, "day")
            for _ in range(900):
                quiet.clock.at = max(quiet.clock.at, begin) if quiet.clock.at < begin + 26 * HOUR else begin
                steps.random_step()
        for number in range(1, 60, 2):
            quiet.do(tags.put, number, "odd")
        yield quiet


def scope_of(day: str) -> Scope:
    begin = instant(day, BERLIN.timezone, "day")
    return Scope(begin, next(days(begin, begin + 48 * HOUR, BERLIN.timezone))[1])


def whole(quiet: QuietDesk, scope: Scope) -> Counts:
    return report.total(quiet.do(report.count, BERLIN, scope, [(scope.begin, scope.end)]).values())


@pytest.mark.parametrize(("day", "slots"), list(zip(DAYS, (92, 100, 96), strict=True)))
def test_the_slots_of_a_day_sum_to_the_day(busy: QuietDesk, day: str, slots: int) -> None:
    scope = scope_of(day)
    assert (scope.end - scope.begin) // SLOT == slots
    cells = busy.do(report.count, BERLIN, scope)
    assert len(cells) > 10
    assert {begin % SLOT for begin, _, _ in cells} == {0}
    assert report.total(cells.values()) == whole(busy, scope)


def test_the_slots_equal_a_recount(busy: QuietDesk) -> None:
    scope = Scope(0, instant("2030-01-01", "UTC", "day"))
    rows = busy.rows(tally.select())
    said = slots_of([(r.figure, r.at, 0, r.queue, r.channel, None, r.value, 0) for r in rows], SLOT)
    counted: Counter[tuple[int, str, str, str]] = Counter()
    for (begin, queue, channel), counts in busy.do(report.count, BERLIN, scope).items():
        for figure, number in counts.figures.items():
            kind = "abandoned" if figure == "short_abandoned" else figure
            if figure not in ("answered_in_time", "offers", "satisfied", "settled"):
                counted[begin, queue, channel, kind] += number
    assert +counted == said


@pytest.mark.parametrize("figure", FIGURES)
def test_each_figure_opens_as_many_rows_as_it_says(busy: QuietDesk, figure: str) -> None:
    seen = 0
    for day in DAYS:
        for narrower in (
            {},
            {"queue": "sales"},
            {"channel": "people"},
            {"agent": 2},
            {"team": "sales"},
            {"tag": "odd"},
        ):
            scope = Scope(**{**vars_of(scope_of(day)), **narrower})
            number = whole(busy, scope).figures[figure]
            rows = busy.do(report.rows, BERLIN, scope, figure, (0, 0), ALL)
            assert len(rows) == number, (day, narrower)
            assert all(scope.begin <= row.at < scope.end for row in rows)
            seen += number
    assert seen or figure in ("short_abandoned", "next_kept")  # nobody is as quick as that there


def vars_of(scope: Scope) -> dict[str, Any]:
    return {name: getattr(scope, name) for name in scope.__struct_fields__}


def test_rows_are_read_page_by_page_and_each_comes_once(busy: QuietDesk) -> None:
    scope = scope_of(DAYS[2])
    every = [row.id for row in busy.do(report.rows, BERLIN, scope, "offered", (0, 0), ALL)]
    paged: list[int] = []
    after = (0, 0)
    while page := busy.do(report.rows, BERLIN, scope, "offered", after, 3):
        paged += [row.id for row in page]
        after = (page[-1].at, page[-1].id)
    assert paged == every
    assert len(set(paged)) == len(paged) > 3


# --- what is made of the counts


def written(tx: Tx, figure: str, *waits: float) -> None:
    for wait in waits:
        tx.add(ADD, figure=figure, at=0, ticket_id=1, queue="support", channel="people", agent_id=None,
               value=int(wait * SECOND), ref=0)  # fmt: skip


@pytest.mark.parametrize(("formula", "level"), list(zip(FORMULAS, (6 / 20, 6 / 14, 6 / 12), strict=True)), ids=str)
def test_the_service_level_is_what_its_formula_says(quiet: QuietDesk, formula: str, level: float) -> None:
    """Of twenty, ten were answered, six of them in time; four left, two of them within ten seconds."""
    quiet.hear("ada@example.test", "Hello?", channel="people")
    for figure, waits in (
        ("offered", [0] * 20), ("answered", [0, 1, 2, 3, 4, 60, 60.1, 70, 80, 90]), ("abandoned", [1, 9.9, 10, 300]),
    ):  # fmt: skip
        quiet.do(written, figure, *waits)
    terms = Terms(formula=formula, within=MINUTE)
    counts = report.total(quiet.do(report.count, terms, Scope(0, 1)).values())
    found = report.service_level(terms, counts)
    assert found is not None
    assert found.value == pytest.approx(level)
    assert found.low < level < found.high
    assert (counts.figures["abandoned"], counts.figures["short_abandoned"]) == (2, 2)


def test_a_wait_has_a_mean_a_median_and_what_nine_of_ten_waited(quiet: QuietDesk) -> None:
    quiet.hear("ada@example.test", "Hello?", channel="people")
    quiet.do(written, "answered", *range(10, 110, 10))
    counts = report.total(quiet.do(report.count, BERLIN, Scope(0, 1)).values())
    found = quiet.do(report.times, BERLIN, Scope(0, 1), "answered", counts)
    assert found.mean is not None
    assert (found.mean.value, found.mean.cases, found.median, found.p90) == (55.0, 10, 51.0, 91.0)
    assert found.mean.low == pytest.approx(55 - 1.95996 * 30.2765 / 10**0.5, abs=1e-3)


def test_where_nothing_happened_there_is_nothing_to_say(quiet: QuietDesk) -> None:
    counts = report.total(quiet.do(report.count, BERLIN, Scope(0, 1)).values())
    assert set(counts.figures.values()) == {0}
    assert set(report.shares(BERLIN, counts).values()) == {None}


# --- over the API


async def test_supervisors_read_figures_and_open_them(any_desk: RunningDesk) -> None:
    desk = any_desk
    for number in range(3):
        await desk.people_only.say(f"c{number}@example.test", "Hello", f"m{number}", name=f"C{number}")
    tickets = await desk.sam.items("/tickets?queue=sales")
    await desk.grace.post(f"/tickets/{tickets[0]['id']}/messages", {"text": "Here I am."})
    await desk.sam.put(f"/tickets/{tickets[1]['id']}/status", {"status": "closed"})

    found = await desk.sam.get("/figures?queue=sales")
    assert found["service_level"] == {"formula": "answered/offered", "answer_within_seconds": 60.0}
    assert (found["figures"]["offered"], found["figures"]["answered"], found["figures"]["short_abandoned"]) == (3, 1, 1)
    assert found["shares"]["service_level"]["value"] == pytest.approx(1 / 3)
    assert found["shares"]["service_level"]["cases"] == 3
    assert sum(cell["figures"].get("offered", 0) for cell in found["items"]) == 3
    assert [(row["queue"], row["figures"], row["service_level"]) for row in found["queues"]] == [
        ("sales", found["figures"], found["shares"]["service_level"])
    ]
    by_day = await desk.sam.get("/figures?queue=sales&by=day")
    assert by_day["figures"] == found["figures"]
    for figure, number in found["figures"].items():
        rows = await desk.sam.items(f"/figures/rows?figure={figure}&queue=sales&limit=2")
        assert len(rows) == number, figure
    answered = (await desk.sam.get("/figures/rows?figure=answered"))["items"]
    assert [(row["ticket"], row["agent"]) for row in answered] == [(tickets[0]["id"], desk.people["Grace"].id)]
    assert (await desk.sam.get("/figures?from=2020-01-01&to=2020-01-02"))["items"] == []
    assert await desk.running.store.read(recount.compare) == []


async def test_figures_are_for_supervisors_and_a_stretch_has_an_end(desk: RunningDesk) -> None:
    await desk.grace.get("/figures", status=403)
    await desk.grace.get("/figures/rows?figure=answered", status=403)
    for wrong in ("from=today", "from=2026-11-20&to=2026-11-19", "from=2026-01-01&to=2026-11-01", "by=year"):
        await desk.sam.get(f"/figures?{wrong}", status=422)
    await desk.sam.get("/figures/rows", status=422)


async def test_the_wallboard_shows_what_is_so_at_this_moment(desk: RunningDesk) -> None:
    for number in range(3):
        await desk.people_only.say(f"c{number}@example.test", "Hello", f"m{number}", name=f"C{number}")
    found = await desk.sam.get("/wallboard")
    assert (found["waiting"], found["room"], found["today"]["figures"]["offered"]) == (3, 0, 3)
    tickets = await desk.sam.items("/tickets?queue=sales")
    assert found["queues"][1].pop("backlog")["tickets"] == 3
    assert found["queues"][1] == {
        "queue": "sales", "waiting": 3, "agents_available": 0, "room": 0,
        "oldest_waiting_since": min(ticket["waiting_since"] for ticket in tickets),
    }  # fmt: skip
    await desk.sam.put("/agents/me/presence", {"presence": "available"})
    await desk.sam.post(f"/tickets/{tickets[0]['id']}/messages", {"text": "Here I am."})
    await desk.sam.put(f"/tickets/{tickets[1]['id']}/status", {"status": "closed"})
    found = await desk.sam.get("/wallboard")
    assert found["queues"][1]["agents_available"] == 1
    sam = next(agent for agent in found["agents"] if agent["name"] == "Sam")
    assert (sam["presence"], found["room"]) == ("available", sam["capacity"] - sam["load"])
    assert found["today"]["figures"] == found["last_half_hour"]["figures"]
    assert found["today"]["figures"] == {
        "offered": 3, "answered": 1, "answered_in_time": 1, "abandoned": 0, "short_abandoned": 1,
    }  # fmt: skip
    assert found["today"]["service_level"]["cases"] == 3
    for figure, number in found["today"]["figures"].items():
        assert len(await desk.sam.items(f"/figures/rows?figure={figure}&from={found['today']['begin']}")) == number
    await desk.grace.get("/wallboard", status=403)


async def test_the_table_for_spreadsheets_has_the_same_numbers(desk: RunningDesk) -> None:
    for number in range(3):
        await desk.people_only.say(f"c{number}@example.test", "Hello", f"m{number}", name=f"C{number}")
    found = await desk.sam.get("/figures")
    url, headers = f"{desk.sam.url}/figures.csv", desk.sam.headers
    async with desk.http.get(url, headers=headers) as answer:
        assert (answer.status, answer.content_type) == (200, "text/csv")
        rows = list(csv.DictReader(io.StringIO(await answer.text())))
    assert [row["offered"] for row in rows] == [str(cell["figures"]["offered"]) for cell in found["items"]]
    assert {row["queue"] for row in rows} == {"sales"}
    async with desk.http.get(f"{url}?by=year", headers=headers) as answer:
        assert answer.status == 422
    async with desk.http.get(url, headers=desk.grace.headers) as answer:
        assert answer.status == 403


def test_a_table_tells_the_hour_that_comes_twice_apart() -> None:
    begin = instant("2026-10-25T00:30:00Z", "UTC", "begin")
    cells = {(at, "support", "people"): Counts({"offered": 1}, {"answered": 1_500_000}) for at in (begin, begin + HOUR)}
    rows = list(csv.DictReader(io.StringIO(told.table(BERLIN, cells))))
    assert [row["begin"] for row in rows] == ["2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00"]
    assert [(row["offered"], row["solved"], row["answered_seconds"]) for row in rows] == [("1", "0", "1.500")] * 2


def test_a_page_names_the_formula_and_says_how_sure_it_is(busy: QuietDesk) -> None:
    scope = scope_of(DAYS[2])
    counts = whole(busy, scope)
    lines = list(told.page(BERLIN, counts, {"answered": busy.do(report.times, BERLIN, scope, "answered", counts)}))
    level = next(line for line in lines if line.startswith("service level"))
    assert f"of {counts.figures['offered']} (95 %:" in level
    assert level.endswith("(answered/offered within 1200 s)")
    assert f"{'offered':<20} {counts.figures['offered']:>8}" in lines


def test_what_was_solved_is_settled_where_the_customer_needs_no_more(quiet: QuietDesk) -> None:
    """Ada is content, Bob's ticket is opened again, Cid opens another one within a week, Dot after it."""
    grace = quiet.hire("Grace")
    for number, name in enumerate(("ada", "bob", "cid", "dot"), 1):
        quiet.hear(f"{name}@example.test", "Hello?", channel="people")
        quiet.do(actions.set_status, quiet.policies, grace, number, "solved", None, "")
    quiet.clock.forward(3600)
    quiet.hear("bob@example.test", "It fell apart.", channel="people")
    quiet.do(actions.set_status, quiet.policies, grace, 3, "closed", None, "")
    quiet.do(actions.set_status, quiet.policies, grace, 4, "closed", None, "")
    quiet.hear("cid@example.test", "Something else.", channel="people")
    quiet.clock.forward(8 * DAY / SECOND)
    quiet.hear("dot@example.test", "Something else.", channel="people")
    scope = Scope(0, 2**62)
    assert {row.ticket_id for row in quiet.do(report.rows, BERLIN, scope, "settled", (0, 0), ALL)} == {1, 4}
    counts = whole(quiet, scope)
    assert (counts.figures["solved"], counts.figures["settled"]) == (4, 2)
    share = report.shares(BERLIN, counts)["settled"]
    assert share is not None
    assert (share.value, share.cases) == (0.5, 4)


def test_a_team_is_who_serves_a_queue_and_a_tag_is_a_tickets(quiet: QuietDesk) -> None:
    grace, bea = quiet.hire("Grace"), quiet.hire("Bea", queues=("sales",))
    for number, (name, agent) in enumerate((("ada", grace), ("bob", bea)), 1):
        quiet.hear(f"{name}@example.test", "Hello?", channel="people")
        quiet.do(actions.reply, quiet.policies, agent, number, "Here I am.")
    quiet.do(tags.put, 2, "vip")
    everything = Scope(0, 2**62)
    scopes = [replace(everything, team="support"), replace(everything, team="sales"), replace(everything, tag="vip")]
    for scope, tickets in zip(scopes, ({1}, {2}, {2}), strict=True):
        rows = quiet.do(report.rows, BERLIN, scope, "replied", (0, 0), ALL)
        assert {row.ticket_id for row in rows} == tickets


async def test_the_wallboard_tells_how_old_the_backlog_is(desk: RunningDesk) -> None:
    await desk.people_only.say("ada@example.test", "Hello?", "m1")
    found = {queue["queue"]: queue["backlog"] for queue in (await desk.sam.get("/wallboard"))["queues"]}
    nothing = {"tickets": 0, "median_seconds": None, "p90_seconds": None, "oldest_seconds": None}
    assert found["support"] == nothing
    assert found["sales"]["tickets"] == 1
    assert 0 <= found["sales"]["oldest_seconds"] < 60


def test_the_backlog_grows_old_only_while_its_queue_is_open(quiet: QuietDesk) -> None:
    """Noon of a Saturday to Monday at ten: an hour of work."""
    monday: tuple[Span, ...] = (Span(9 * 3600, 17 * 3600),)
    week = (monday, (), (), (), (), (), ())
    quiet.policies = quiet_policies(support=QueuePolicy("support", "Support", hours=Hours(ZoneInfo("UTC"), week)))
    for name in ("ada", "bob"):
        quiet.hear(f"{name}@example.test", "Hello?", channel="people")
    quiet.clock.forward(46 * 3600)
    aged = quiet.do(backlog, quiet.policies.passed)
    assert aged == {"support": Backlog(2, 3600, 3600, 3600)}


async def test_teams_tags_and_what_is_settled_are_told_by_every_store(any_desk: RunningDesk) -> None:
    desk = any_desk
    await desk.people_only.say("ada@example.test", "Hello", "m1", name="Ada")
    ticket = await desk.ticket_of("Ada")
    await desk.sam.put("/agents/me/presence", {"presence": "away", "reason": "lunch"})
    await desk.sam.post(f"/tickets/{ticket['id']}/messages", {"text": "Here I am."})
    await desk.sam.put(f"/tickets/{ticket['id']}/tags", {"tags": ["vip"]})
    await desk.sam.put(f"/tickets/{ticket['id']}/status", {"status": "solved"})
    for narrower, replied in (("team=sales", 1), ("team=support", 0), ("tag=vip", 1), ("tag=odd", 0)):
        found = await desk.sam.get(f"/figures?{narrower}")
        assert (found["figures"]["replied"], found["figures"]["settled"]) == (replied, replied)
        assert len(await desk.sam.items(f"/figures/rows?figure=settled&{narrower}")) == replied
    assert (await desk.sam.get("/figures"))["shares"]["settled"]["cases"] == 1
    sam = next(one for one in await desk.sam.items("/figures/agents") if one["name"] == "Sam")
    assert sam["reason_seconds"].keys() == {"lunch"}
    assert (await desk.sam.get("/wallboard"))["queues"][1]["backlog"]["tickets"] == 0
