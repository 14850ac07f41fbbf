"""The command line. Every command works beside a running server: it writes to the same store, and the sweep notices.

Errors of the settings, the store or the request are told in one line with the remedy; anything else is a fault of ours
and shows its traceback.
"""

import argparse
import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from contactcenter import __version__, options, review
from contactcenter.settings import Settings, SettingsError, load, packaged

if TYPE_CHECKING:  # imported by the commands that need them: --help must not wait for SQLAlchemy
    from contactcenter.flow.policies import Policies
    from contactcenter.ports import Tx

T = TypeVar("T")
Command = Callable[[argparse.Namespace], int]
DEFAULT_FILE = "contactcenter.toml"
DAYS_LIMIT = 36_500  # a hundred years


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; its exit code."""
    arguments = parser().parse_args(argv)
    if arguments.command is None:
        parser().print_help()
        return 2
    command: Command = arguments.command
    before = os.umask(0o077)  # what customers wrote is for the owner's eyes: database, files, backups
    try:
        return command(arguments)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if not _is_remedy(error):
            raise
        print(f"contactcenter: {error}", file=sys.stderr)
        return 1
    finally:
        os.umask(before)


def parser() -> argparse.ArgumentParser:
    """All commands with their help; docs/reference/cli.md is made from it."""
    root = argparse.ArgumentParser(prog="contactcenter", description="One contact centre, every channel.")
    root.add_argument("--version", action="version", version=f"contactcenter {__version__}")
    root.set_defaults(command=None)
    commands = root.add_subparsers(title="commands", metavar="COMMAND")

    serve_ = _add(commands, "serve", serve, "run the desk, or a part of it")
    serve_.add_argument("--roles", default="", help="of web,channels,worker,router; all when left out")
    demo_ = commands.add_parser("demo", help="try it: embedded store, sample articles, simulated customers")
    demo_.set_defaults(command=demo)
    options.of_demo(demo_)
    init_ = commands.add_parser("init", help="write a settings file and sample articles to begin with")
    init_.set_defaults(command=init)
    init_.add_argument("folder", nargs="?", default=".", help="where; this folder when left out")
    _add(commands, "doctor", doctor, "say what is missing or wrong")
    _add(commands, "migrate", migrate, "bring the database to this program's schema")
    _add_people(commands)
    rules = commands.add_parser("rules", help="try rules before they go live")
    try_ = _add(rules.add_subparsers(title="commands", metavar="COMMAND", required=True), "try", rules_try,
                "say how the tickets of the past would open by the rules of a settings file")  # fmt: skip
    options.of_rules_try(try_)
    review.add_commands(lambda *words: _add(commands, *words), _settings, _write)
    _add_articles(commands)
    options.of_evaluate(
        _add(commands, "evaluate", evaluate, "try the knowledge base on past tickets, and what a change would do")
    )
    options.of_learn(_add(commands, "learn", learn, "propose articles and sample questions, out of past tickets"))
    _add(commands, "channels", channels, "list the channels and how each is doing")
    buried_ = _add(commands, "buried", buried, "list the work that was given up, with the reason")
    buried_.add_argument("--traces", action="store_true", help="whole tracebacks")
    retry_ = _add(commands, "retry", retry, "make buried work due again")
    retry_.add_argument("loop", help="inbox, assistant, router, outbox or upkeep")
    retry_.add_argument("id", type=int, nargs="?", help="a row that `buried` lists; all of the loop when left out")
    replay_ = _add(commands, "replay", replay, "take in again the raw events of a channel that gave no message")
    replay_.add_argument("channel")
    erase_ = _add(commands, "erase", erase, "forget a customer: messages, files, raw mails, names; the numbers stay")
    erase_.add_argument("customer", type=int, help="as the console's address and the API number them")
    erase_.add_argument("--yes", action="store_true", help="do it; without, only say what would go")
    verify_ = _add(commands, "verify", verify, "check every customer's chain of events, and the figures")
    verify_.add_argument("--quiet", action="store_true", help="no progress")
    return root


def _add_articles(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    article = commands.add_parser("articles", help="list the articles, bring some in, keep the folder in step")
    known = article.add_subparsers(title="commands", metavar="COMMAND", required=True)
    list_ = _add(known, "list", articles, "list the articles, with what has to be seen to")
    list_.add_argument("--stale", action="store_true", help="only those whose check date is too old, or missing")
    list_.set_defaults(does="listed")
    sync = _add(known, "sync", articles, "compare the knowledge folder with the store now")
    sync.add_argument("--anew", action="store_true", help="the folder is another one, or was emptied on purpose")
    sync.set_defaults(does="compared")
    import_ = _add(known, "import", articles, "bring articles in as drafts; again, to bring them up to date")
    options.of_import(import_)
    import_.set_defaults(does="imported")


def _add_people(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    agent = commands.add_parser("agent", help="add agents, list, change and end them, sign them in")
    agents = agent.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add = _add(agents, "add", agent_add, "add an agent and print a one-time sign-in link")
    add.add_argument("email")
    add.add_argument("--name", required=True)
    add.add_argument("--queue", action="append", default=[], help="a queue they serve; may be repeated")
    add.add_argument("--role", default="agent", help="agent, supervisor or admin")
    add.add_argument("--capacity", type=int, default=5, help="open tickets held at once")
    add.add_argument("--skill", action="append", default=[], help="what they can do, as german=4; may be repeated")
    link = _add(agents, "link", agent_link, "print a new one-time sign-in link")
    link.add_argument("email")
    _add(agents, "list", agent_list, "list the agents")
    change = _add(agents, "set", agent_set, "change an agent's name, role or capacity")
    change.add_argument("email")
    change.add_argument("--name")
    change.add_argument("--role", help="agent, supervisor or admin; tokens keep the role they were made with")
    change.add_argument("--capacity", type=int, help="open tickets held at once")
    end = _add(agents, "end", agent_end, "end an agent: signed out, out of every queue, their tickets given back")
    end.add_argument("email")
    queue = _add(agents, "queue", agent_queue, "put an agent into a queue, or take them out")
    queue.add_argument("email")
    queue.add_argument("queue")
    queue.add_argument("--out", action="store_true", help="take them out")
    skill = _add(agents, "skill", agent_skill, "say how well an agent can do something")
    skill.add_argument("email")
    skill.add_argument("skill", help="such as german; a language is a skill")
    skill.add_argument("level", type=int, help="1 (a beginner) to 5 (an expert); 0 takes it away")
    limit = _add(agents, "limit", agent_limit, "say how many tickets of a kind of channel an agent has at once")
    limit.add_argument("email")
    limit.add_argument("kind", help="such as webchat")
    limit.add_argument("most", type=int, nargs="?", help="0: none of them; when left out, what the desk says")
    token = commands.add_parser("token", help="make API tokens, list and revoke them")
    tokens = token.add_subparsers(title="commands", metavar="COMMAND", required=True)
    create = _add(tokens, "create", token_create, "print a new API token; it is told once")
    create.add_argument("--role", required=True, choices=("agent", "supervisor", "admin"))
    create.add_argument("--agent", metavar="EMAIL", help="whom it acts as; a token of role agent needs one")
    create.add_argument("--days", type=float, help="how long it is valid; for ever when left out")
    _add(tokens, "list", token_list, "list the API tokens by their ids")
    revoke = _add(tokens, "revoke", token_revoke, "end an API token")
    revoke.add_argument("id", help="as token list shows it")


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, command: Command, about: str
) -> argparse.ArgumentParser:
    added = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
    added.add_argument("--config", metavar="FILE", help=f"settings file; ./{DEFAULT_FILE} when left out")
    added.set_defaults(command=command)
    return added


# --- commands ---------------------------------------------------------------------------------------------------------


def serve(arguments: argparse.Namespace) -> int:
    from contactcenter import app

    settings = _settings(arguments, for_providers=True)
    roles = tuple(role for role in arguments.roles.split(",") if role) or app.ROLES
    unknown = [role for role in roles if role not in app.ROLES]
    if unknown:
        raise SettingsError(f"unknown role {unknown[0]!r}; roles are {', '.join(app.ROLES)}")
    _log(settings)
    app.prepare_store(app.location_of(settings))

    async def run() -> None:
        async with app.running(settings, roles) as desk:
            _settle_memory()
            if desk.url:
                print(f"contactcenter {__version__} is at {desk.url} (the desk: {desk.url}/desk)", flush=True)
            else:
                print(f"contactcenter {__version__} runs {', '.join(roles)}", flush=True)
            await _until_stopped()

    _run(run())
    return 0


def demo(arguments: argparse.Namespace) -> int:
    from contactcenter.demo.show import show

    if not 0 <= arguments.port <= 65535:
        raise SettingsError("--port must be from 0 to 65535; 0 takes a free one")
    keep = Path(arguments.keep).absolute() if arguments.keep else None
    if keep is not None:
        _make_folder(keep)
    _run(show(arguments.port, keep, arguments.seconds, _until_stopped))
    return 0


def init(arguments: argparse.Namespace) -> int:
    import shutil

    folder = Path(arguments.folder)
    target = folder / DEFAULT_FILE
    if target.exists():
        raise SettingsError(f"{target} exists; remove it or choose another folder")
    _make_folder(folder)
    try:
        shutil.copyfile(packaged("first.toml"), target)
        if not (folder / "articles").exists():
            shutil.copytree(packaged("examples/articles"), folder / "articles")
    except OSError as error:
        raise SettingsError(f"cannot write into {folder}: {error.strerror or error}; choose another folder") from None
    print(f"wrote {target} and {folder / 'articles'}")
    print("people are there Monday to Friday, 09:00 to 17:00 UTC: [hours.office] in that file is where to change it")
    print(f"next: contactcenter serve --config {target}")
    return 0


def doctor(arguments: argparse.Namespace) -> int:
    from contactcenter.doctor import examine

    found = asyncio.run(examine(_settings(arguments, for_providers=True)))
    for finding in found:
        print(f"{'ok ' if finding.good else 'BAD'} {finding.text}")
    return 0 if all(finding.good for finding in found) else 1


def migrate(arguments: argparse.Namespace) -> int:
    from contactcenter.app import location_of
    from contactcenter.storage import migrate as schema

    location = location_of(_settings(arguments))
    done = schema.upgrade(location)
    print(f"{location.shown}: {'brought to' if done else 'is at'} revision {schema.HEAD}")
    return 0


def agent_add(arguments: argparse.Namespace) -> int:
    from contactcenter.flow import skills, staff
    from contactcenter.web import auth

    def add(tx: "Tx", policies: "Policies") -> str:
        given = arguments.email, arguments.name, arguments.role, arguments.queue, arguments.capacity
        skills.replace(tx, staff.add_agent(tx, policies, *given), known)
        return auth.issue_link(tx, arguments.email)

    known = dict(map(skills.read, arguments.skill))
    settings = _settings(arguments)
    link = _write(settings, add)
    queues = ", ".join(arguments.queue) or "no queue yet (contactcenter agent queue EMAIL QUEUE)"
    print(f"added {arguments.name}, serving {queues}\nsign in once, within a day: {_link(settings, link)}")
    return 0


def agent_link(arguments: argparse.Namespace) -> int:
    from contactcenter.web import auth

    settings = _settings(arguments)
    print(_link(settings, _write(settings, lambda tx, policies: auth.issue_link(tx, arguments.email))))
    return 0


def agent_list(arguments: argparse.Namespace) -> int:
    from contactcenter.flow import staff
    from contactcenter.flow.views import AgentView, shown_agent
    from contactcenter.routing.demands import in_words

    def rows(tx: "Tx", policies: "Policies") -> list[AgentView]:
        return [shown_agent(tx, row.id) for row in staff.list_agents(tx)]

    for row in _write(_settings(arguments), rows):
        told = f"{row.id:>4}  {row.email:<32} {row.name:<20} {row.role:<10} {row.capacity:>3}  {row.presence:<10}"
        knows = f"  ({in_words(row.skills)})" if row.skills else ""
        print(f"{told} {', '.join(row.queues)}{knows}".rstrip())
    return 0


def agent_set(arguments: argparse.Namespace) -> int:
    from contactcenter.flow import staff

    def change(tx: "Tx", policies: "Policies") -> Any:
        given = {"name": arguments.name, "role": arguments.role, "capacity": arguments.capacity}
        staff.change_agent(tx, arguments.email, **given)
        return staff.find_agent(tx, arguments.email)

    row = _write(_settings(arguments), change)
    print(f"{row.email}: {row.name}, {row.role}, capacity {row.capacity}")
    return 0


def agent_end(arguments: argparse.Namespace) -> int:
    from contactcenter.flow import staff
    from contactcenter.web import auth

    def end(tx: "Tx", policies: "Policies") -> tuple[Any, int]:
        row = staff.end_agent(tx, policies, arguments.email)
        return row, auth.end_all(tx, row.id)

    settings = _settings(arguments)
    agent, ended = _write(settings, end)
    given_back = 0
    while some := _write(settings, lambda tx, policies: staff.give_back(tx, policies, agent)):
        given_back += some
    print(
        f"{agent.name} has left: out of every queue, {given_back} tickets given back, "
        f"{ended} sessions, links and tokens ended"
    )
    return 0


def agent_queue(arguments: argparse.Namespace) -> int:
    from contactcenter.flow import staff

    def change(tx: "Tx", policies: "Policies") -> None:
        if arguments.out:
            staff.take_out_of_queue(tx, arguments.email, arguments.queue)
        else:
            staff.put_into_queue(tx, policies, arguments.email, arguments.queue)

    _write(_settings(arguments), change)
    print(f"{arguments.email} {'no longer serves' if arguments.out else 'serves'} {arguments.queue}")
    return 0


def agent_skill(arguments: argparse.Namespace) -> int:
    from contactcenter.flow import staff
    from contactcenter.routing.demands import in_words

    given = arguments.email, arguments.skill, arguments.level
    known = _write(_settings(arguments), lambda tx, policies: staff.set_skill(tx, *given))
    print(f"{arguments.email}: {in_words(known) or 'no skills'}")
    return 0


def agent_limit(arguments: argparse.Namespace) -> int:
    from contactcenter.channels.registry import KINDS
    from contactcenter.flow import staff

    if arguments.kind not in KINDS:
        raise SettingsError(f"there is no kind of channel {arguments.kind!r}; there are {', '.join(sorted(KINDS))}")
    given = arguments.email, arguments.kind, arguments.most
    limits = _write(_settings(arguments), lambda tx, policies: staff.set_limit(tx, *given))
    told = ", ".join(f"at most {most} of {kind}" for kind, most in limits.items())
    print(f"{arguments.email}: {told or 'as many of each as the desk says'}")
    return 0


def token_create(arguments: argparse.Namespace) -> int:
    from contactcenter.flow import staff
    from contactcenter.model.columns import DAY
    from contactcenter.web import auth

    if arguments.role == "agent" and not arguments.agent:
        raise SettingsError("a token of role agent acts as somebody: give --agent EMAIL, or another --role")
    if arguments.days is not None and not 0 < arguments.days <= DAYS_LIMIT:
        raise SettingsError(f"--days must be more than 0 and at most {DAYS_LIMIT}; leave it out for ever")

    def create(tx: "Tx", policies: "Policies") -> str:
        agent = staff.find_agent(tx, arguments.agent).id if arguments.agent else None
        life = None if arguments.days is None else int(arguments.days * DAY)
        return auth.issue(tx, "token", arguments.role, agent, life)

    print(_write(_settings(arguments), create))
    return 0


def token_list(arguments: argparse.Namespace) -> int:
    from contactcenter.flow.views import iso
    from contactcenter.web import auth

    def rows(tx: "Tx", policies: "Policies") -> tuple[int, list[Any]]:
        return tx.now, auth.list_tokens(tx)

    now, tokens = _write(_settings(arguments), rows)
    for row in tokens:
        life = "for ever" if row.expires_at is None else f"until {iso(row.expires_at)[:10]}"
        life += "" if row.expires_at is None or row.expires_at > now else ", which is over"
        made = iso(row.created_at)[:10]
        print(
            f"{auth.token_id(row.digest)}  {row.role:<10} {row.agent_email or 'nobody':<32} made {made}, valid {life}"
        )
    return 0


def token_revoke(arguments: argparse.Namespace) -> int:
    from contactcenter.web import auth

    _write(_settings(arguments), lambda tx, policies: auth.revoke_token(tx, arguments.id))
    print(f"token {arguments.id} is ended")
    return 0


def rules_try(arguments: argparse.Namespace) -> int:
    from contactcenter.rehearse import try_rules

    listing = Path(arguments.csv) if arguments.csv else None
    told = try_rules(_settings(arguments), arguments.days, listing, progress=not arguments.quiet)
    print(*asyncio.run(told), sep="\n")
    return 0


def evaluate(arguments: argparse.Namespace) -> int:
    from contactcenter import evaluate as trial

    return trial.run(_settings(arguments), arguments)


def learn(arguments: argparse.Namespace) -> int:
    from contactcenter import learn as learning

    return learning.run(_settings(arguments), arguments)


def channels(arguments: argparse.Namespace) -> int:
    from contactcenter import condition

    settings = _settings(arguments)
    lines, fails = condition.told(settings, _write(settings, condition.read))
    print(*lines, sep="\n")
    return 1 if fails else 0


def articles(arguments: argparse.Namespace) -> int:
    from contactcenter import knowing

    lines, fails = asyncio.run(getattr(knowing, arguments.does)(_settings(arguments), arguments))
    print(*lines, sep="\n")
    return 1 if fails else 0


def buried(arguments: argparse.Namespace) -> int:
    from contactcenter.flow import ledger

    def rows(tx: "Tx", policies: "Policies") -> list[tuple[Any, Any]]:
        return [(loop, row) for loop, work in ledger.LEDGERS.items() for row in work.buried(tx, limit=1000)]

    found = _write(_settings(arguments), rows)
    for loop, row in found:
        reason = row.error.strip()
        print(f"{loop} {row.id} ({row.stream}) after {row.attempts} attempts:")
        print("    " + (reason.replace("\n", "\n    ") if arguments.traces else reason.splitlines()[-1]))
    print(f"{len(found)} buried" + ("; contactcenter retry LOOP ID makes one due again" if found else ""))
    return 0


def retry(arguments: argparse.Namespace) -> int:
    from contactcenter.flow import actions, ledger

    def again(tx: "Tx", policies: "Policies") -> int:
        work = ledger.LEDGERS.get(arguments.loop)
        every = [row.id for row in work.buried(tx, limit=1000)] if work and arguments.id is None else [arguments.id]
        for row in every:
            actions.retry(tx, policies, arguments.loop, row or 0)
        return len(every)

    print(f"{_write(_settings(arguments), again)} made due again")
    return 0


def replay(arguments: argparse.Namespace) -> int:
    from contactcenter.flow.replay import replay as again

    total, last, count = 0, 0, 1
    settings = _settings(arguments)
    if arguments.channel not in settings.channels:
        known = ", ".join(sorted(settings.channels)) or "none"
        raise SettingsError(f"no channel named {arguments.channel!r} is configured; there are {known}")
    while count:
        count, last = _write(settings, lambda tx, _, after=last: again(tx, arguments.channel, after))  # type: ignore[misc]
        total += count
    print(f"{total} events of {arguments.channel} made due again")
    return 0


def erase(arguments: argparse.Namespace) -> int:
    from contactcenter import app
    from contactcenter.flow.erase import shown
    from contactcenter.forget import forget
    from contactcenter.storage.open import open_files, tidy

    settings, whom = _settings(arguments), arguments.customer
    name, messages = _write(settings, lambda tx, _: shown(tx, whom))
    if not arguments.yes:
        print(f"customer {whom} ({name or 'no name'}) with {messages} messages would be forgotten for good; add --yes")
        return 1
    location, clock = app.location_of(settings), app.SystemClock()

    async def run() -> None:
        async with app.opened_store(settings, location, clock) as store:
            await forget(store, open_files(location, store), clock, whom, "admin")
        tidy(location)

    asyncio.run(run())
    print(f"customer {whom} is forgotten: {messages} messages, with all files and raw mails")
    return 0


def verify(arguments: argparse.Namespace) -> int:
    from contactcenter.verify import verify_all

    broken = asyncio.run(verify_all(_settings(arguments), progress=not arguments.quiet))
    for line in broken:
        print(line)
    print("the history and the figures are as they were written" if not broken else f"{len(broken)} faults")
    return 1 if broken else 0


# --- what the commands share ------------------------------------------------------------------------------------------


def _settings(arguments: argparse.Namespace, *, for_providers: bool = False) -> Settings:
    """Of the file that is named, or of the one that is here: a guess would begin a second desk.

    `for_providers`: the command talks to them, and needs the secrets of every channel.
    """
    file = Path(arguments.config or DEFAULT_FILE)
    if not arguments.config and not file.exists():
        remedy = "go to the desk's folder, give --config FILE, or begin with contactcenter init"
        raise SettingsError(f"no {DEFAULT_FILE} here; {remedy}")
    return load(file, for_providers=for_providers)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"cannot make the folder {folder}: {error.strerror}; choose another") from None


def _log(settings: Settings) -> None:
    from contactcenter.logs import configure

    configure(settings.log.level, settings.log.format)


def _write(settings: Settings, use_case: "Callable[[Tx, Policies], T]") -> T:
    """Run one use case on the store, with the policies of the settings."""
    from contactcenter import app

    location = app.location_of(settings)
    app.prepare_store(location)

    async def run() -> T:
        async with app.opened_store(settings, location, app.SystemClock()) as store:
            return await store.write(use_case, app.make_policies(settings, {}))

    return asyncio.run(run())


def _link(settings: Settings, link: str) -> str:
    return f"{settings.web.public_url}/desk/sign-in/{link}"


async def _until_stopped() -> None:
    """Until SIGINT or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


def _run(work: Awaitable[None]) -> None:
    """On uvloop where there is one: 10 to 40 % less CPU on sockets."""

    async def run() -> None:
        await work

    try:
        import uvloop
    except ImportError:
        asyncio.run(run())
    else:
        uvloop.run(run())


def _settle_memory() -> None:
    """What is there after the start stays: the collector need not walk it again with every generation."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _is_remedy(error: Exception) -> bool:
    """An error whose text tells a person what to do."""
    from contactcenter.knowledge.articles import ArticleError
    from contactcenter.model.values import Conflict, Invalid, NotAllowed, NotFound, StoreUnavailable
    from contactcenter.storage.alone import RunsAlready
    from contactcenter.storage.migrate import SchemaBehind

    of_store = (SchemaBehind, RunsAlready, StoreUnavailable)
    return isinstance(error, (SettingsError, ArticleError, Conflict, Invalid, NotAllowed, NotFound, *of_store))


if __name__ == "__main__":
    sys.exit(main())
