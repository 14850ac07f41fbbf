"""What has to be done so that the knowledge folder and the store say the same; contactcenter/instep does it.

Pure. Goes by what both sides are now and what they were when they were last compared. Nothing that was written on
either side is lost: where both changed, the store keeps its version, and the folder's becomes a draft before its file
is written over. A file that cannot be read is left alone, whatever the store says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from contactcenter.knowledge.articles import packed
from contactcenter.knowledge.folder import Found

FEW = 3  # files; so many may all be renamed at once

Does = Literal["take_in", "draft", "note", "write", "remove", "archive", "forget"]
"""take_in: the file is published. draft: it becomes a draft. note: both say the same, remember that. write: the store's
version is written to the file. remove: the file of an archived article goes. archive: its file was deleted. forget: an
archived article has no file any more."""


@dataclass(frozen=True, slots=True)
class Known:
    """An article of the store, and what its file was when they were last compared (`synced`, blank: no file)."""

    slug: str
    path: str
    synced: str
    synced_id: int | None
    published_id: int | None
    archived: bool
    content: tuple[str, str] | None  # what is published, packed
    revision: int = 1

    @property
    def changed(self) -> bool:
        """Was it changed in the store since?"""
        if self.archived:
            return self.synced != ""
        return self.published_id != self.synced_id


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do for one article. `both`: both sides had changed, which people are told."""

    does: Does
    slug: str
    file: Found | None = None
    both: bool = False


def decide(files: Sequence[Found], known: Mapping[str, Known]) -> list[Step]:
    """The steps, by article. For a folder that is `strange` there are none."""
    if strange(files, known):
        return []
    steps = []
    for file in files:
        if file.article is not None:
            steps += _of_file(file, known.get(file.slug))
    there = {file.slug for file in files}
    faulty = {file.path for file in files if file.article is None}
    for row in known.values():
        if row.slug not in there and row.path not in faulty:
            steps += _without_file(row)
    return steps


def strange(files: Sequence[Found], known: Mapping[str, Known]) -> bool:
    """Are all files gone at once, or all but others? A disk that is not mounted looks like that, or another folder.
    Nobody's articles go for it.
    """
    were = [row.slug for row in known.values() if row.synced]
    there = {file.slug for file in files}
    return bool(were) and (not files or (len(were) >= FEW and there.isdisjoint(were)))


def _of_file(file: Found, row: Known | None) -> list[Step]:
    if row is None:
        return [Step("take_in", file.slug, file)]
    changed = file.digest != row.synced
    if not changed and not row.changed:
        return [Step("note", file.slug, file)] if file.path != row.path else []
    if not row.archived and file.article is not None and row.content == packed(file.article):
        return [Step("note", file.slug, file)]
    if not row.changed:
        return [Step("take_in", file.slug, file)]
    if changed:
        return [Step("draft", file.slug, file, both=True)]
    return [Step("remove" if row.archived else "write", file.slug, file)]


def _without_file(row: Known) -> list[Step]:
    if not row.synced:
        return [Step("write", row.slug)] if row.published_id is not None and not row.archived else []
    if row.archived:
        return [Step("forget", row.slug)]
    return [Step("write", row.slug, both=True)] if row.changed else [Step("archive", row.slug)]
