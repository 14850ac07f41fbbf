"""How a ticket, a message, a note and an offer look in Slack. Pure: facts in, arguments of chat.postMessage out."""

from typing import Any

from contactcenter.desk.blocks import (
    SECTION_LIMIT,
    Block,
    actions,
    bold,
    button,
    context,
    fallback,
    link,
    link_button,
    menu,
    moment,
    section,
    short,
    ticket_link,
    ticket_url,
    words,
)
from contactcenter.desk.facts import CardFacts, EntryFacts, EscalationFacts, OfferFacts, Turn
from contactcenter.flow.views import PromiseView, TicketView, micros
from contactcenter.knowledge.articles import passage_for
from contactcenter.knowledge.assistant import Suggestion
from contactcenter.model.tickets import LIVE_STATUSES
from contactcenter.routing.rules import needs_in_words
from contactcenter.slack.text import escaped

LIKELY = 0.7  # how well an article must fit to be suggested
TURN_LIMIT = 400  # characters of what was said, on a card
ENTRY_BLOCKS = 12  # of a long message; the rest is in the console
SUGGESTED_LIMIT = 600
ASKED_LIMIT = 120  # characters of each question that the assistant passed on
ICONS = {
    "new": ":robot_face:",
    "open": ":large_blue_circle:",
    "answered": ":speech_balloon:",
    "snoozed": ":zzz:",
    "solved": ":white_check_mark:",
    "closed": ":lock:",
}
WORDS = {"new": "with the assistant", "answered": "waits for the customer"}
URGENT = {"urgent": ":rotating_light: urgent", "high": ":small_red_triangle: high", "low": "low priority"}
DELIVERIES = {  # icon and words
    "due": ("hourglass_flowing_sand", "on its way"),
    "sending": ("hourglass_flowing_sand", "on its way"),
    "sent": ("heavy_check_mark", "sent"),
    "delivered": ("white_check_mark", "delivered"),
    "read": ("eyes", "read"),
    "unknown": ("grey_question", "nobody knows whether it arrived"),
    "buried": ("warning", "not delivered"),
    "withdrawn": ("leftwards_arrow_with_hook", "taken back"),
}
MARKS = {state: icon for state, (icon, _) in DELIVERIES.items()}  # the reaction to a reply typed in the thread
PROMISED = {"first_response": "first answer", "next_response": "next answer", "resolution": "solution"}
NOTED = "memo"  # the reaction to a note that was typed in the thread

Said = dict[str, Any]
"""`text` (what a notification says) and `blocks`."""


def card(facts: CardFacts, public_url: str) -> Said:
    """The root of a ticket's thread."""
    ticket = facts.ticket
    title = section(_title(ticket, public_url))
    blocks = [{**title, "accessory": _about(facts)}, context(*_line(facts))]
    blocks += [block for turn in facts.turns for block in _turn(turn)]
    blocks += [context(line) for line in _matters(ticket, public_url)]
    if facts.suggestion is not None and ticket.status in ("new", "open"):
        blocks += _suggestion(ticket, facts.suggestion, public_url)
    if ticket.status in LIVE_STATUSES:
        blocks.append(actions(*_buttons(facts)))
    elif ticket.status == "solved":
        blocks.append(actions(button("Reopen", "reopen", str(ticket.id))))
    blocks.append(context(_rule(facts)))
    return {"text": fallback(f"#{ticket.id} {ticket.subject} · {ticket.customer.name}"), "blocks": blocks}


def entry(facts: EntryFacts, public_url: str) -> Said:
    """A message or a note in the thread."""
    blocks = [context(*_who(facts))]
    if facts.is_deleted:
        blocks.append(context(f":wastebasket: deleted {moment(facts.changed_at or facts.at)}; the history has it"))
    else:
        blocks += _long(facts.text, ticket_url(public_url, facts.ticket))
    blocks += [context(line) for line in _below(facts)]
    if facts.files:
        blocks.append(context(*(f":paperclip: {escaped(name)}" for name in facts.files[:20])))
    blocks += [context(f":information_source: {escaped(short(remark, 500))}") for remark in facts.remarks[:5]]
    if facts.delivery in ("unknown", "buried"):
        blocks.append(actions(button("Send again", "repeat", f"{facts.ticket}:{facts.message}")))
    return {"text": fallback(f"{facts.name}: {facts.text}"), "blocks": blocks}


def offer(facts: OfferFacts, public_url: str) -> Said:
    """A direct message: the ticket is held out."""
    blocks = [section(_title(facts.ticket, public_url)), words(short(facts.ticket.preview, TURN_LIMIT))]
    if facts.state == "open":
        blocks.append(
            actions(
                button("Accept", "accept", f"{facts.ticket.id}:{facts.number}", "primary"),
                button("Decline", "decline", f"{facts.ticket.id}:{facts.number}"),
            )
        )
        blocks.append(context(escaped(facts.reasons)))
    else:
        blocks.append(context({"expired": "not answered in time", "withdrawn": "no longer offered"}.get(
            facts.state, facts.state)))  # fmt: skip
    return {"text": fallback(f"For you? #{facts.ticket.id} {facts.ticket.subject}"), "blocks": blocks}


def given(ticket: TicketView, by: str, public_url: str) -> Said:
    """A direct message: the ticket is theirs now."""
    blocks = [
        section(f":inbox_tray: {bold(by)} gave you {_title(ticket, public_url)}"),
        words(short(ticket.preview, TURN_LIMIT)),
        context(URGENT.get(ticket.priority, ""), escaped(ticket.queue), "Answer in its thread, or here:"),
        actions(button("Reply", "reply", str(ticket.id))),
    ]
    return {"text": fallback(f"{by} gave you #{ticket.id} {ticket.subject}"), "blocks": blocks}


def escalation(facts: EscalationFacts, public_url: str) -> Said:
    """In the supervisors' channel: help is asked for."""
    ticket = facts.ticket
    holder = _holder(ticket) or "nobody has it"
    number = str(ticket.id)
    blocks = [
        section(f":rotating_light: {bold(facts.by)} asks for help with {_title(ticket, public_url)}"),
        words(short(facts.reason, TURN_LIMIT)),
        context(URGENT.get(ticket.priority, ""), escaped(ticket.queue), holder),
        actions(button("Take it", "claim", number), button("Assign", "assign", number), button("Bump", "bump", number)),
    ]
    return {"text": fallback(f"{facts.by} asks for help with #{ticket.id}"), "blocks": blocks}


def deadline(ticket: TicketView, told: str, public_url: str) -> Said:
    """In the supervisors' channel: a deadline comes near, or is missed. `told`: our own markup."""
    number = str(ticket.id)
    blocks = [
        section(f"{told} {_title(ticket, public_url)}"),
        context(URGENT.get(ticket.priority, ""), escaped(ticket.queue), _holder(ticket) or "nobody has it"),
        actions(button("Take it", "claim", number), button("Assign", "assign", number), button("Bump", "bump", number)),
    ]
    return {"text": escaped(short(f"Deadline of #{ticket.id} {ticket.subject}", 200)), "blocks": blocks}


def _holder(ticket: TicketView) -> str:
    return f"with {bold(ticket.assignee.name)}" if ticket.assignee else ""


def _who(facts: EntryFacts) -> list[str]:
    """Who said it to whom, when, and what is to be known of that."""
    who = bold(facts.name or "Somebody")
    edited = f":pencil2: edited {moment(facts.changed_at)}" if facts.changed_at and not facts.is_deleted else ""
    if facts.kind == "note":
        return [f":memo: {who} noted", moment(facts.at)]
    if facts.author == "customer":
        unproven = "" if facts.proven else ":warning: nothing proves the sender"
        robot = f"a robot wrote it: {escaped(facts.automatic)}" if facts.automatic else ""
        below = f"chose it below “{escaped(short(facts.chosen_below, 80))}”" if facts.chosen_below else ""
        return [f":bust_in_silhouette: {who}", moment(facts.at), below, edited, unproven, robot]
    icon = ":robot_face:" if facts.author == "assistant" else ":arrow_right:"
    return [f"{icon} {who} to the customer", moment(facts.at), edited, _delivery(facts)]


def _below(facts: EntryFacts) -> list[str]:
    """What belongs to the words of an entry: their source, what could be chosen, the rating that they are."""
    lines = []
    if facts.source is not None:
        source = facts.source
        checked = f" (checked {escaped(source.checked)})" if source.checked else ""
        lines.append(f":books: {link(source.url, source.title)}{checked}")
    if facts.choices:
        lines.append(f":radio_button: {escaped(' | '.join(facts.choices))}")
    return [*lines, _stars(facts.score)] if facts.score else lines


def _matters(ticket: TicketView, public_url: str) -> list[str]:
    """What whoever works on the ticket has to know."""
    lines = []
    if ticket.promise is not None:
        lines += _promised(ticket.promise)
    if ticket.handoff and ticket.status == "open":
        lines.append(f":robot_face: {escaped(ticket.handoff)}")
        lines += _summary(ticket, public_url)
    if ticket.escalation is not None:
        lines.append(f":rotating_light: {bold(ticket.escalation.by.name)} asked supervisors for help: "
                     f"{escaped(short(ticket.escalation.reason, TURN_LIMIT))}")  # fmt: skip
    if ticket.unreachable:
        lines.append(f":no_entry: cannot be reached on {escaped(ticket.channel)}: {escaped(ticket.unreachable)}")
    if ticket.merged_into is not None:
        into = link(ticket_url(public_url, ticket.merged_into), f"#{ticket.merged_into}")
        lines.append(f":twisted_rightwards_arrows: merged into {into}: it goes on there")
    if ticket.needs is not None and ticket.assignee is None and ticket.status in LIVE_STATUSES:
        lines.append(f":dart: {escaped('; '.join(needs_in_words(ticket.needs)))}")
    if ticket.tags:
        lines.append(f":label: {escaped(', '.join(ticket.tags))}")
    if ticket.rating is not None:
        lines.append(_stars(ticket.rating))
    return lines


def _summary(ticket: TicketView, public_url: str) -> list[str]:
    """What the customer and the assistant have said to each other, in short."""
    told = ticket.summary
    if told is None:
        return []
    near = [link(f"{public_url}/help/{item.article}", item.title) for item in told.suggestions]
    lines = (
        (":question: asked: ", " | ".join(escaped(short(text, ASKED_LIMIT)) for text in told.asked)),
        (":books: told: ", escaped(", ".join(told.answered))),
        (":pencil: given: ", escaped(", ".join(f"{name} {value}" for name, value in told.collected.items()))),
        (":bulb: near: ", ", ".join(near)),
    )
    return [mark + text for mark, text in lines if text]


def _promised(promise: PromiseView) -> list[str]:
    """The deadline that runs, and how it is doing."""
    target = promise.of(promise.target)
    if target is None or target.due is None:
        return []
    what, when = PROMISED[promise.target], moment(micros(target.due))
    if target.missed:
        return [f":red_circle: the {what} is late: it was due {when}"]
    return [f"{':large_yellow_circle:' if target.warned else ':stopwatch:'} {what} due {when}"]


def _stars(score: int) -> str:
    return f"{':star:' * score} the customer's rating: {score} of 5"


def _title(ticket: TicketView, public_url: str) -> str:
    return f"*{ticket_link(public_url, ticket.id, ticket.subject)}*"


def _line(facts: CardFacts) -> list[str]:
    ticket = facts.ticket
    status = f"{ICONS[ticket.status]} {WORDS.get(ticket.status, ticket.status)}"
    waits = f"waits since {moment(facts.waiting_since)}" if facts.waiting_since and ticket.status == "open" else ""
    return [
        status,
        URGENT.get(ticket.priority, ""),
        bold(ticket.customer.name or "Somebody"),
        f":globe_with_meridians: {escaped(ticket.language)}" if ticket.language else "",
        f"{escaped(ticket.channel)} ({escaped(ticket.kind)})",
        escaped(ticket.queue),
        _holder(ticket),
        waits,
    ]


def _turn(turn: Turn) -> list[Block]:
    icon = {"customer": ":bust_in_silhouette:", "assistant": ":robot_face:"}.get(turn.author, ":arrow_right:")
    return [context(f"{icon} {bold(turn.name or 'Somebody')}", moment(turn.at)), words(short(turn.text, TURN_LIMIT))]


def _suggestion(ticket: TicketView, found: Suggestion, public_url: str) -> list[Block]:
    where = link(f"{public_url}/help/{found.article.slug}", found.article.title)
    inside = " · for agents only" if found.article.audience != "public" else ""
    return [
        context(f":bulb: Suggested from {where} · fits {found.score:.0%}{inside}"),
        words(short(passage_for(found.article, ticket.channel, ticket.kind), SUGGESTED_LIMIT)),
    ]


def _buttons(facts: CardFacts) -> list[Block]:
    number = str(facts.ticket.id)
    taken = facts.ticket.assignee is not None
    found = facts.suggestion
    buttons = [] if taken else [button("Claim", "claim", number, "primary")]
    if found is not None and found.article.audience == "public" and facts.ticket.status == "open":
        buttons += [
            button("Send suggestion", "suggest", f"{number}:{found.article.slug}"),
            button("Edit & send", "edit_suggestion", f"{number}:{found.article.slug}"),
        ]
    buttons += [button("Reply", "reply", number), button("Note", "note", number), button("Solve", "solve", number)]
    buttons.append(
        menu(
            "more",
            [
                ("Assign or transfer", f"{number}:assign"),
                ("Snooze", f"{number}:snooze"),
                ("Escalate", f"{number}:escalate"),
                ("Urgent: comes first", f"{number}:bump"),
            ],
        )
    )
    return buttons


def _about(facts: CardFacts) -> Block:
    """What can be looked up and set of a ticket in any state."""
    number = facts.ticket.id
    looked_up = [("Customer", f"{number}:customer"), ("Whole conversation", f"{number}:conversation")]
    if facts.ticket.status not in LIVE_STATUSES:
        return menu("about", looked_up)
    return menu("about", [*looked_up, ("Merge", f"{number}:merge"), _mode_option(facts)])


def _mode_option(facts: CardFacts) -> tuple[str, str]:
    number = facts.ticket.id
    if facts.mode == "reply":
        return "Thread: keep all as notes", f"{number}:mode_note"
    return "Thread: owner replies", f"{number}:mode_reply"


def _rule(facts: CardFacts) -> str:
    """What happens to what is written in the thread: said on every card, so that nobody has to remember."""
    if facts.ticket.status == "closed":
        return "Closed: what is written here stays a note."
    if facts.ticket.assignee is None:
        return "Nobody has it: what is written in the thread stays a note. Claim it to answer."
    if facts.mode == "reply":
        name = bold(facts.ticket.assignee.name)
        return (
            f"What {name} writes in the thread goes to the customer, unless it begins with `note:`. All else is a note."
        )
    return "What is written in the thread stays a note. Reply with the button."


def _delivery(facts: EntryFacts) -> str:
    if facts.delivery not in DELIVERIES:
        return ""
    icon, said = DELIVERIES[facts.delivery]
    return f":{icon}: {said}" + (f": {escaped(short(facts.reason, 300))}" if facts.reason else "")


def _long(text: str, url: str) -> list[Block]:
    pieces = [text[start : start + SECTION_LIMIT] for start in range(0, len(text), SECTION_LIMIT)]
    blocks = [words(piece) for piece in pieces[:ENTRY_BLOCKS]]
    if len(pieces) > ENTRY_BLOCKS:
        blocks.append(actions(link_button("Read the rest", "open", url)))
    return blocks
