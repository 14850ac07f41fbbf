"""What nobody's press brings about: cards of tickets that were there before, figures, spikes and falls.

Run by the one process that posts. Each is written as rows of Post, once, however often this runs.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select

from contactcenter.desk.floor import Floor
from contactcenter.figures import answers, arrivals
from contactcenter.flow import posts
from contactcenter.model.columns import DAY, HOUR, SECOND, bind, table, word
from contactcenter.model.tickets import Ticket
from contactcenter.ports import Tx
from contactcenter.slack.text import escaped

CHUNK = 100  # cards made in one transaction
SPIKE_ONCE_IN = 4 * HOUR  # told again
LATE = timedelta(hours=1)  # figures that could not be told for so long are not told any more

ticket = table(Ticket)
WITHOUT_CARD = (
    select(ticket.c.id, ticket.c.queue)
    .where(
        ticket.c.status == word("open"),
        ticket.c.id > bind("after"),
        ~exists().where(posts.post.c.ticket_id == ticket.c.id, posts.post.c.kind == word("card")),
    )
    .order_by(ticket.c.id)
    .limit(CHUNK)
)


def catch_up(tx: Tx, floor: Floor, after: int) -> int:
    """Cards for open tickets that have none: a desk that begins to use Slack. The last one seen; 0 when all have."""
    rows = tx.all(WITHOUT_CARD, after=after)
    for row in rows:
        posts.card(tx, floor.policies, row.id, row.queue, for_people=True)
    return int(rows[-1].id) if rows else 0


def figures_due(now: int, at: str, timezone: str) -> str:
    """The day whose figures are to be told at this instant (µs); blank when it is not the time."""
    if not at:
        return ""
    here = datetime.fromtimestamp(now / SECOND, ZoneInfo(timezone))
    hour, minute = map(int, at.split(":"))
    then = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return here.date().isoformat() if then <= here < then + LATE else ""


def tell_spikes(tx: Tx, floor: Floor) -> None:
    """Queues that get far more tickets than usual: to supervisors, once in some hours for each."""
    desk = floor.policies.desk
    if desk is None or not desk.supervisors:
        return
    for queue, (count, mean) in arrivals.spikes(tx).items():
        title = escaped(floor.policies.queue(queue).title) if queue in floor.policies.queues else escaped(queue)
        words = (
            f":chart_with_upwards_trend: *{title}*: {count} tickets in the last hour, at this hour it is {mean:.0f}."
        )
        posts.tell(tx, desk.supervisors, words, f"spike {queue} {tx.now // SPIKE_ONCE_IN}")


def tell_fall(tx: Tx, floor: Floor) -> None:
    """The assistant's answers settle less than they did: to supervisors, once a day."""
    desk = floor.policies.desk
    found = answers.fall(tx) if desk is not None and desk.supervisors else None
    if desk is not None and found is not None:
        words = (
            f":chart_with_downwards_trend: *The assistant*: of {found.tickets} tickets that it answered in the last "
            f"day, {found.lately:.0%} came to people; in the two weeks before it was {found.before:.0%}."
        )
        posts.tell(tx, desk.supervisors, words, f"fall {tx.now // DAY}")


def tell_figures(tx: Tx, floor: Floor, day: str) -> None:
    """The day's figures to supervisors, once."""
    if floor.policies.desk is not None and floor.policies.desk.supervisors:
        posts.figures(tx, floor.policies.desk.supervisors, day)
