"""What a mail costs from SMTP to the ticket: stored before its 250, then parsed and taken in by the inbox loop.

The yardstick is an aiosmtpd that keeps nothing, given the same mails in turn. CPU of the server counts until every mail
of the round has become a ticket, not only until its 250.

`parse` gives what the product reads out of one mail in plain values, so that it can be compared with what others read.
"""

import argparse
import asyncio
import hashlib
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

import aiohttp
from msgspec.structs import replace

from bench.common import program
from bench.common.figures import Goal, middle, percentile, spread
from bench.common.mails import MAILBOX, mails
from bench.common.ports import free_port
from bench.common.processes import Server, served
from bench.common.program import Wrong, say, until
from bench.common.smtp import Mailer
from contactcenter.channels.email.arriving.received import left_by_mda, raw_event
from contactcenter.channels.email.reading import contents, files, who
from contactcenter.channels.email.reading import parse as reading
from contactcenter.channels.email.robots.bounces import Bounce, read_bounce
from contactcenter.channels.email.syntax.addresses import OwnAddress
from contactcenter.channels.email.syntax.ids import OwnIds, message_id, referenced
from contactcenter.channels.email.syntax.mime import read, with_crlf
from contactcenter.flow.folds import unfolded
from contactcenter.model.values import Attached, Inbound, Sender, Unparseable

if TYPE_CHECKING:
    from bench.common.desk import Api

ROUNDS = 5
CONNECTIONS = 16
SETTINGS = """
[queues.support]
[channels.support]
kind = "email"
assistant = false
address = "{mailbox}"
smtp_listen = "127.0.0.1:{port}"
"""


NOBODY = reading.Own(OwnAddress("nobody@nowhere.invalid"), OwnIds(b"none", "nowhere.invalid"))


def parse(raw: bytes) -> dict[str, Any]:
    """What the product says of a mail; `to` and `cc` are plain addresses in order, ids stand without brackets.

    Files have the name that the mail states, blank where it states none, and their bytes the line ends of `raw`: it is
    read as given, not as a transport would have brought it.
    """
    wire = with_crlf(raw)
    event = replace(raw_event("bench", wire, left_by_mda(wire)), payload=raw)
    mail = read(raw)
    fields, found = mail.fields, contents.contents_of(mail)
    try:
        (said,) = reading.parse(event, NOBODY)
    except Unparseable:  # kept on the list of what could not be read
        said = Inbound("", "", Sender("email", ""), contents.text_in(found))
    return {
        "from_addr": said.sender.address,
        "from_name": said.sender.name,
        "reply_to": next((box.address for box in who.recipients(fields, "reply-to")), ""),
        "to": [box.address for box in who.recipients(fields, "to")],
        "cc": [box.address for box in who.recipients(fields, "cc")],
        "subject": said.subject,
        "text": said.text,
        "html": contents.markup_of(found),
        "attachments": [_file(found, attached) for attached in said.attachments],
        "message_id": message_id(fields),
        "in_reply_to": (referenced(fields, "in-reply-to") or [""])[0],
        "references": referenced(fields, "references"),
        "auto": said.automatic,
        "bounce": _bounce(read_bounce(mail, event.envelope.get("from"))),
        "visible_reply_text": unfolded(said.text, (fold for fold in said.folds if fold.kind == "quote")),
        "reply_nosig": unfolded(said.text, said.folds),
    }


def _bounce(found: Bounce | None) -> dict[str, Any] | None:
    if found is None:
        return None
    names = ("status", "recipient", "action", "original_message_id", "hard")
    return {name: getattr(found, name) for name in names}


def _file(found: contents.Contents, attached: Attached) -> tuple[str, str, int, str]:
    digest = hashlib.md5(usedforsecurity=False)
    ref = attached.ref.removeprefix("part:")
    for chunk in files.chunks(found, ref):
        digest.update(chunk)
    return files.stated_name(found, ref), attached.type, attached.size, digest.hexdigest()


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """The sink and the desk in turn."""
    from bench.common.desk import Api, add_agents, desk, write_settings  # the whole server, which `parse` needs not

    count = 200 if options.quick else 1_000
    port = free_port()
    found: dict[str, list[float]] = {
        name: [] for name in ("cpu_ms_per_mail", "mails_per_second", "answer_p99_ms", "sink_cpu_ms_per_mail", "size_kb")
    }
    with tempfile.TemporaryDirectory(prefix="contactcenter-bench-") as name:
        file = write_settings(Path(name), SETTINGS.format(mailbox=MAILBOX, port=port))
        (agent,) = await add_agents(file, 1, [], 1)  # to ask for figures; serves no queue, so that tickets wait
        async with (
            served(["-m", "bench.common.sink"], Path(name)) as sink,
            desk(file) as server,
            aiohttp.ClientSession() as client,
        ):
            api = Api(client, server, agent.token)
            for number in range(ROUNDS):
                say(f"mail: round {number + 1} of {ROUNDS}")
                letters = list(mails(count, seed=number))
                found["size_kb"].append(mean(len(content) for _, content in letters) / 1000)
                before = sink.cpu()
                await _send_all(sink.port, letters)
                found["sink_cpu_ms_per_mail"].append((sink.cpu() - before) / count * 1000)
                await _round(found, api, server, port, letters, (number + 1) * count)
    figures = {name: spread(values) for name, values in found.items()}
    ratio = middle(
        [one / other for one, other in zip(found["cpu_ms_per_mail"], found["sink_cpu_ms_per_mail"], strict=True)]
    )
    figures["cpu_in_sinks"] = {"median": round(ratio, 2)}
    return figures, [Goal("CPU per mail of 13 KB, ms", 2.5, middle(found["cpu_ms_per_mail"]))]


async def _round(
    found: dict[str, list[float]],
    api: "Api",
    server: Server,
    port: int,
    letters: Sequence[tuple[str, bytes]],
    tickets: int,
) -> None:
    async def taken_in() -> bool:
        (queue,) = (await api.get("/api/v1/queues/figures"))["items"]
        if queue["waiting"] > tickets:
            raise Wrong(f"{queue['waiting']} tickets from {tickets} mails")
        return bool(queue["waiting"] == tickets)

    before, began = server.cpu(), time.perf_counter()
    waits = await _send_all(port, letters)
    found["mails_per_second"].append(len(letters) / (time.perf_counter() - began))
    await until(taken_in, f"that {tickets} mails are tickets")
    found["cpu_ms_per_mail"].append((server.cpu() - before) / len(letters) * 1000)
    found["answer_p99_ms"].append(percentile(waits, 0.99) * 1000)


async def _send_all(port: int, letters: Sequence[tuple[str, bytes]]) -> list[float]:
    """Over a few sessions at once; seconds that each mail waited for its 250."""
    left = list(reversed(letters))
    waits: list[float] = []

    async def session() -> None:
        mailer = await Mailer.connect("127.0.0.1", port)
        while left:
            sender, content = left.pop()
            began = time.perf_counter()
            code = await mailer.send(sender, MAILBOX, content)
            if code != 250:
                raise Wrong(f"a mail was answered by {code}")
            waits.append(time.perf_counter() - began)
        mailer.close()

    await asyncio.gather(*(session() for _ in range(CONNECTIONS)))
    return waits


if __name__ == "__main__":
    program.run("mail", measure)
