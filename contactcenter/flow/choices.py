"""Short answers offered with a message of ours, and what taking one does.

flow/assist offers them below an answer, flow/satisfaction when it asks how it went; flow/inbound asks here what was
taken, and once the customer's words are stored, has it done. A press and the same words typed as the next message are
one thing. Whoever takes part can ask for a person; only the customer can say that a ticket is done, or rate it. What
else a choice says (which article was meant, that it did not help, no more questions) the assistant reads.
"""

from typing import Any

import msgspec

from contactcenter.crm.identify import normalise
from contactcenter.flow import assist, folds, queries, satisfaction, tickets
from contactcenter.flow.policies import Policies, Way
from contactcenter.flow.views import read_choices
from contactcenter.knowledge import replies
from contactcenter.knowledge.talk import ASKED_FOR_A_PERSON
from contactcenter.model.values import Choice, Chosen, Inbound, NotFound
from contactcenter.ports import Tx

HELPED, NOT_HELPED, PERSON = replies.HELPED, replies.NOT_HELPED, replies.PERSON
RATE = "rate:"
SAID_IT_HELPS = "the customer said that it helps"
LONGEST = 100  # characters of typed words that may be a choice


class Taken(msgspec.Struct, frozen=True):
    """A choice that was taken, and the message of ours under which it stood."""

    under: Any
    which: int
    choice: Choice

    @property
    def settles(self) -> bool:
        """Nobody has to answer these words."""
        return self.choice.does == HELPED or self.choice.does.startswith(RATE)


def pressed(tx: Tx, way: Way, press: Chosen) -> Taken | None:
    """What a button stands for; None when there is none of it, which no medium of ours shows.

    Raises NotFound for a message that is not known: it may be that its sending has not been written down yet.
    """
    message = _named(tx, way, press)
    if message is None:
        if press.external_id:
            raise NotFound(f"channel {way.channel.name} tells of a button under a message that is not known")
        return None
    choices = read_choices(message.choices)
    return Taken(message, press.choice, choices[press.choice]) if 0 <= press.choice < len(choices) else None


def typed(tx: Tx, way: Way, conversation: Any, said: Inbound) -> Taken | None:
    """What words typed right below choices stand for: those of one, or its number where numbers were shown."""
    if said.automatic or said.attachments:
        return None
    words = _bare(folds.unfolded(said.text, said.folds) if said.folds else said.text)
    if not words or len(words) > LONGEST:
        return None
    message = tx.one(queries.MESSAGE_AT, conversation=conversation.id, place=conversation.last_seq - 1)
    if message is None or not message.choices or message.delivery == "withdrawn":
        return None
    choices = read_choices(message.choices)
    for which, choice in enumerate(choices):
        numbered = choice.does.startswith(RATE) or not way.channel.capabilities.choices
        if words == _bare(choice.text) or (numbered and words == str(which + 1)):
            taken = Taken(message, which, choice)
            return taken if not taken.settles or _is_customers(tx, way, conversation, said) else None
    return None


def words_of(press: Chosen, taken: Taken) -> Inbound:
    """The customer's words, as if they had been typed."""
    return Inbound(
        "", press.conversation, press.sender, taken.choice.text, proof=press.proof, client_id=press.client_id
    )


def said_before(tx: Tx, taken: Taken, who: int) -> int:
    """The seq at which they took the same choice last; 0 when they did not, or took another one since."""
    message = taken.under
    last = tx.one(
        queries.LAST_PRESS, conversation=message.conversation_id, after=message.seq, under=message.id, who=who
    )
    return last.seq if last is not None and last.text == taken.choice.text else 0


def act(tx: Tx, policies: Policies, ticket: Any, taken: Taken, message: int, who: int) -> None:
    """Do what the stored words of somebody say, to the locked ticket they are in."""
    theirs = who == ticket.customer_id
    if theirs or not taken.settles:
        tx.run(queries.SET_CHOSEN, row=taken.under.id, which=taken.which)
    match taken.choice.does:
        case "person" if ticket.status == "new":
            assist.hand_off(tx, policies, tickets.lock(tx, ticket.id), ASKED_FOR_A_PERSON)
        case "helped" if theirs and ticket.status == "answered" and _is_last(tx, ticket, taken, message):
            tickets.set_status(tx, policies, ticket, "solved", "customer", SAID_IT_HELPS)
        case rate if theirs and rate.startswith(RATE):
            satisfaction.give(tx, policies, ticket, message, int(rate.removeprefix(RATE)))


def _named(tx: Tx, way: Way, press: Chosen) -> Any | None:
    """The message of ours that a press names, if it is of the conversation in which it was pressed."""
    channel = way.channel.name
    conversation = tx.one(queries.CONVERSATION_BY_KEY, way=channel, key=press.conversation)
    if conversation is None:
        return None
    if press.seq:
        message = tx.one(queries.MESSAGE_AT, conversation=conversation.id, place=press.seq)
    else:
        message = tx.one(queries.MESSAGE_BY_EXTERNAL, channel=channel, external_id=press.external_id)
    return message if message is not None and message.conversation_id == conversation.id else None


def _is_customers(tx: Tx, way: Way, conversation: Any, said: Inbound) -> bool:
    """Did whoever the conversation is with write it? Where one writes, nobody else can have."""
    if not (way.channel.capabilities.several_write or way.channel.capabilities.threads_by_reference):
        return True
    known = tx.one(queries.CONVERSATION_WITH, id=conversation.id)
    return bool(known.address == normalise(said.sender.kind, said.sender.address))


def _is_last(tx: Tx, ticket: Any, taken: Taken, message: int) -> bool:
    """Has nothing else been said since it was offered? An answer to an older question ends no newer one."""
    return tx.one(queries.SAID_SINCE, ticket=ticket.id, under=taken.under.id, press=message) is None


def _bare(text: str) -> str:
    """For comparing: case, white space and the full stop that phones put behind do not matter."""
    return " ".join(text.split()).rstrip(".!").rstrip().casefold()
