"""Whatever is done to the folder and the store, in whatever order, and wherever a comparison is killed: nothing that
was written on either side is lost, and once everybody is quiet both sides say the same.

The steps are decided by the real `decide` and done here on a store of dictionaries: what each step does to the store is
what flow/articles_in_step does.
"""

import hashlib
from dataclasses import dataclass, field, replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from contactcenter.knowledge.articles import Article, packed
from contactcenter.knowledge.folder import Found
from contactcenter.knowledge.steps import Known, Step, decide, strange

SLUGS = ("orders", "returns")


@dataclass
class World:
    """A folder, a store, and everything that was ever written."""

    folder: dict[str, str] = field(default_factory=dict)  # slug -> text; BROKEN: cannot be read
    rows: dict[str, Known] = field(default_factory=dict)
    versions: list[tuple[str, str]] = field(default_factory=lambda: [("", "")])

    def keep(self, slug: str, text: str) -> int:
        self.versions.append((slug, text))
        return len(self.versions) - 1

    def files(self) -> list[Found]:
        found = []
        for slug, text in sorted(self.folder.items()):
            article = None if text.startswith("broken") else Article(slug, "T", text)
            found.append(Found(f"{slug}.md", slug, digest(text), article))
        return found

    def do(self, step: Step, row: Known | None) -> None:
        """One step, whole."""
        slug, file = step.slug, step.file
        text = file.article.text if file is not None and file.article is not None else ""
        match step.does:
            case "take_in":
                kept = self.keep(slug, text)
                fresh = Known(slug, "", "", None, None, False, None)
                self.rows[slug] = replace(
                    row or fresh, path=f"{slug}.md", synced=digest(text), synced_id=kept, published_id=kept,
                    archived=False, content=content(text),
                )  # fmt: skip
            case "draft":
                kept = self.keep(slug, text)
                self.change(slug, path=f"{slug}.md", synced=digest(text), synced_id=kept)
            case "note":
                self.change(slug, path=f"{slug}.md", synced=digest(text), synced_id=self.rows[slug].published_id)
            case "write":
                self.write(slug)
                self.wrote(slug)
            case "remove":
                self.folder.pop(slug)
                self.change(slug, synced="", synced_id=None)
            case "archive":
                self.change(slug, archived=True, synced="", synced_id=None)
            case "forget":
                self.change(slug, synced="", synced_id=None)

    def write(self, slug: str) -> None:
        self.folder[slug] = self.versions[self.rows[slug].published_id or 0][1]

    def wrote(self, slug: str) -> None:
        row = self.rows[slug]
        self.change(slug, path=f"{slug}.md", synced=digest(self.folder[slug]), synced_id=row.published_id)

    def change(self, slug: str, **changed: object) -> None:
        self.rows[slug] = replace(self.rows[slug], **changed)  # type: ignore[arg-type]

    def compare(self, killed_after: int | None = None) -> int:
        """How many steps there were. Killed in the next one, a file may be written and the store not know."""
        files = self.files()
        steps = decide(files, self.rows)
        for number, step in enumerate(steps):
            if number == killed_after:
                if step.does == "write":
                    self.write(step.slug)
                if step.does == "remove":
                    self.folder.pop(step.slug)
                break
            self.do(step, self.rows.get(step.slug))
        return len(steps)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def content(text: str) -> tuple[str, str]:
    return packed(Article("x", "T", text))


def act(world: World, what: str, slug: str, text: str, killed: int) -> None:
    row = world.rows.get(slug)
    match what:
        case "file":
            world.folder[slug] = text
        case "delete":
            world.folder.pop(slug, None)
        case "store" if row is None or not row.archived:
            text = text.replace("broken", "four")
            kept = world.keep(slug, text)
            row = row or Known(slug, "", "", None, None, False, None)
            world.rows[slug] = replace(row, published_id=kept, content=content(text))
        case "archive" if row is not None:
            world.change(slug, archived=True)
        case "restore" if row is not None:
            world.change(slug, archived=False)
        case "compare":
            world.compare()
        case "kill":
            world.compare(killed)


TEXTS = st.sampled_from(["one", "two", "three", "broken"])
ACTS = st.tuples(
    st.sampled_from(["file", "file", "store", "delete", "archive", "restore", "compare", "kill"]),
    st.sampled_from(SLUGS), TEXTS, st.integers(0, 2),
)  # fmt: skip


@given(st.lists(ACTS, max_size=25))
@settings(max_examples=1000, deadline=None)
def test_nothing_that_was_written_on_either_side_is_lost(acts: list[tuple[str, str, str, int]]) -> None:
    world = World()
    for number, (what, slug, text, killed) in enumerate(acts):
        told = f"{text} {number}"  # every writing is another
        before = dict(world.folder)
        act(world, what, slug, told, killed)
        if what in ("compare", "kill"):
            for name, was in before.items():
                if world.folder.get(name) != was:
                    assert not was.startswith("broken"), "a file that cannot be read is left alone"
                    assert (name, was) in world.versions, "what lay in a file that was written over is a version"


RESTORED = ["file", "compare", "file", "archive", "compare", "restore"]


@given(st.lists(ACTS, max_size=25))
@example([(what, "orders", "one", 0) for what in RESTORED])
@settings(max_examples=1000, deadline=None)
def test_once_everybody_is_quiet_both_sides_say_the_same(acts: list[tuple[str, str, str, int]]) -> None:
    world = World()
    for number, (what, slug, text, killed) in enumerate(acts):
        act(world, what, slug, f"{text} {number}", killed)
    rounds = 0
    while world.compare():
        rounds += 1
        assert rounds <= 3
    if strange(world.files(), world.rows):
        return
    for slug in SLUGS:
        row, lies = world.rows.get(slug), world.folder.get(slug)
        if lies is not None and lies.startswith("broken"):
            continue
        if row is None or row.archived or row.published_id is None:
            assert lies is None
        else:
            assert lies is not None
            assert row.content == content(lies)
