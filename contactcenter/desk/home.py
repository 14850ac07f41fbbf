"""The app's home: an agent's own tickets, what waits, and whether they are there. Pure."""

from contactcenter.desk.blocks import (
    DIVIDER,
    WINDOW_LIMIT,
    Block,
    actions,
    bold,
    button,
    context,
    header,
    moment,
    section,
    select,
    ticket_link,
)
from contactcenter.desk.facts import HomeFacts, Listed, Rated
from contactcenter.slack.text import escaped

PRESENCES = (("Available", "available"), ("Away", "away"), ("Offline", "offline"))


def view(facts: HomeFacts, public_url: str) -> Block:
    """The argument of views.publish."""
    now = next(one for one in PRESENCES if one[1] == facts.presence)
    blocks = [
        section(f"{bold(facts.name)}, you are *{facts.presence}*."),
        actions(
            select("presence", "Are you there?", PRESENCES, now),
            button("Find tickets", "find", "0"),
            button("Refresh", "refresh", "0"),
        ),
        header("Yours"),
        *(_ticket(one, facts.now, public_url) for one in facts.mine),
        *([] if facts.mine else [context("Nothing at the moment.")]),
        header("Waiting"),
    ]
    blocks += [_claimable(one, facts.now, public_url) for one in facts.line]
    if not facts.line:
        blocks.append(context("Nobody waits."))
    blocks += [DIVIDER, *(context(*_queue(*one)) for one in facts.queues), *_ratings(*facts.ratings)]
    return {"type": "home", "blocks": [*blocks[: WINDOW_LIMIT - 1], context(f"as of {moment(facts.now)}")]}


def stranger() -> Block:
    """What somebody sees who is no agent."""
    return {
        "type": "home",
        "blocks": [section("This is where the contact centre's agents work. You are none of them.")],
    }


def _claimable(one: Listed, now: int, public_url: str) -> Block:
    return {**_ticket(one, now, public_url), "accessory": button("Claim", "claim", str(one.id))}


def _ticket(one: Listed, now: int, public_url: str) -> Block:
    since = f"since {moment(one.since)}" if one.since else ""
    priority = "" if one.priority == "normal" else one.priority
    said = [ticket_link(public_url, one.id, one.subject), one.status]
    said += [part for part in (priority, escaped(one.queue), since, _due(one, now)) if part]
    return section(" · ".join(said))


def _due(one: Listed, now: int) -> str:
    if one.due is None:
        return ""
    if one.due <= now:
        return f":red_circle: late since {moment(one.due)}"
    near = one.risk is not None and one.risk <= now
    return f"{':large_yellow_circle:' if near else ':stopwatch:'} due {moment(one.due)}"


def _ratings(own: Rated, desk: Rated) -> list[Block]:
    """Of today; nothing where nobody has rated."""
    told = [f"{whose} {_mean(rated)}" for whose, rated in (("yours", own), ("the desk's", desk)) if rated.number]
    return [context(f":star: today's ratings: {', '.join(told)}")] if told else []


def _mean(rated: Rated) -> str:
    return f"*{rated.total / rated.number:.1f}* of 5 ({rated.number})"


def _queue(title: str, waiting: int, oldest: int | None) -> tuple[str, ...]:
    return (bold(title), f"{waiting} waiting", f"oldest {moment(oldest)}" if oldest else "")
