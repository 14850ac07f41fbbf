"""Sample questions that past tickets could give to the articles that answered them.

Fed by contactcenter/learn; what comes out is proposed to people by flow/proposals. A question is worth proposing where
an agent had to send the article, or where the assistant was right but not sure. Quotes one sentence of a ticket.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from contactcenter.knowledge.extract import gist
from contactcenter.knowledge.found import Sample
from contactcenter.knowledge.lines import folded
from contactcenter.knowledge.past import Past
from contactcenter.knowledge.trial import Base

SURE = 0.98  # who was surer than this learns nothing from the question
LENGTH = 300  # characters of a question that is one
FOR_ONE = 5  # samples for an article at a time
READ = 2_000  # questions that the base is asked, at most


def samples(pasts: Iterable[Past], base: Base) -> list[Sample]:
    """What the base could learn for its own articles, at most a few for each, the least sure first."""
    found: dict[str, list[tuple[float, Sample]]] = defaultdict(list)
    seen = set(base.samples)
    for sure, past, article in _worth(pasts, base):
        text = gist(past.question, past.names)
        if len(past.question) <= LENGTH and len(text.split()) > 1 and folded(text) not in seen:
            seen.add(folded(text))
            found[article].append((sure, Sample(article, past.ticket, text)))
    chosen = (sorted(some, key=lambda one: one[0])[:FOR_ONE] for _, some in sorted(found.items()))
    return [sample for some in chosen for _, sample in some]


def _worth(pasts: Iterable[Past], base: Base) -> Iterator[tuple[float, Past, str]]:
    """How sure the assistant was, the ticket, and the one article that was right."""
    asked = 0
    for past in pasts:
        right = past.right & base.passages.keys()
        if len(right) != 1:
            continue
        [article] = right
        if past.told_by != "agent":
            if past.score < SURE:
                yield past.score, past, article
        elif asked < READ:
            asked += 1
            if base.read(past.question).article != article:
                yield 0.0, past, article
