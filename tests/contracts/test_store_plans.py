"""What every mail and every figure makes the store look for is found by an index, however much it keeps.

A planner proves a partial index from what stands in the statement, not from what is bound to it (columns.word).
"""

import sqlite3
from pathlib import Path

import pytest

from contactcenter.crm import queries as people
from contactcenter.figures import report, shifts, tallies
from contactcenter.flow import article_files, articles, intake, pasts, proposals, queries, rehearsal, tags
from contactcenter.storage.sqlite import SqliteConnection
from contactcenter.web.api.tickets import TAGGED

LOOKED_FOR = {
    "an event that is known": intake.FIRST_RECEIVED,
    "an older event of the stream": intake.HELD_UP,
    "a conversation by its key": queries.CONVERSATION_KEYED,
    "the conversations of a thread": queries.CONVERSATIONS_ROOTED,
    "the conversation of a mail that is answered": queries.CONVERSATION_OF_MESSAGE,
    "a message by its id elsewhere": queries.MESSAGE_BY_EXTERNAL,
    "whom a conversation is with": queries.CONVERSATION_WITH,
    "who takes part": queries.PARTICIPANTS,
    "one who takes part": queries.PARTICIPANT,
    "an address": people.FIND_IDENTITY,
    "the last event of a customer": people.LAST_EVENT,
    "the tickets of a tag": TAGGED,
    "the tags of a ticket": tags.TAGS_OF,
    "a page of tickets for a trial": rehearsal.NEWEST_BEFORE,
    "the first thing said on a ticket": rehearsal.FIRST_SAID,
    "how a ticket opened": rehearsal.OPENED,
    "a page of past tickets": pasts.TICKETS,
    "what was said on a past ticket": pasts.MESSAGES,
    "a page of proposals": proposals.PAGE,
    "the tickets of a proposal": proposals.TICKETS_OF,
    "proposals of a person who is forgotten": proposals.OF_PERSON,
    "a proposal of somebody forgotten": proposals.ERASED,
    "proposals that were not found again": proposals.NOT_FOUND_AGAIN,
    "what was counted of a ticket": tallies.OF_TICKET,
    "a ticket in somebody's hands": tallies.LET_GO,
    "what a reply counted": tallies.TAKE_BACK,
    "what the assistant had settled": tallies.UNCONTAIN,
    "a rating": tallies.RATE_AGAIN,
    "the rows behind a figure": report.ROWS["answered"],
    "the service level": report.OF_SERVICE,
    "the figures of a day": report.WHOLE,
    "tickets in hand": shifts.HELD,
    "the presence of an agent": shifts.BEFORE,
    "an article": articles.BY_SLUG,
    "an article by where it came from": articles.BY_SOURCE,
    "the versions of an article": articles.VERSIONS,
    "the last version that came from there": articles.LAST_FROM,
    "the files of an article": article_files.OF,
}
SCANS = ("SCAN", "(channel=?)", "(figure=?)")  # all of a channel, or of a figure, is as much as all


@pytest.mark.parametrize("what", LOOKED_FOR)
def test_nothing_is_searched_from_end_to_end(what: str, empty_store: Path) -> None:
    form = SqliteConnection.compiled(LOOKED_FOR[what])
    with sqlite3.connect(empty_store) as store:
        plan = [row[3] for row in store.execute(f"EXPLAIN QUERY PLAN {form.sql}", ["x"] * form.sql.count("?"))]
    store.close()
    assert plan
    assert not [step for step in plan if any(scan in step for scan in SCANS)]
