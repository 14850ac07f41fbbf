"""Files that are given to the console, to make drafts of."""

import asyncio

from contactcenter.flow import article_imports
from contactcenter.knowledge.articles import ArticleError
from contactcenter.knowledge.importing.incoming import FILE_LIMIT, Meant, read_file
from contactcenter.model.values import Invalid
from contactcenter.web.api import article_bodies as bodies
from contactcenter.web.api.operations import Call, Desk


async def import_articles(desk: Desk, call: Call) -> bodies.Imported:
    """Raises NotFound for a file that was not uploaded, Invalid for one that no article can be made of."""
    body: bodies.ArticleImport = call.body
    if await desk.files.keep(body.file) > FILE_LIMIT:
        raise Invalid(f"the file is larger than {FILE_LIMIT // 1024 // 1024} MiB; split it", "$.file")
    raw = b"".join([piece async for piece in desk.files.open(body.file)])
    try:
        brought = await asyncio.to_thread(read_file, body.name, raw, Meant(body.language, body.audience))
    except ArticleError as error:
        raise Invalid(str(error), "$.file") from None
    told = bodies.Imported([], [], [], [str(fault) for fault in brought.faults])
    for incoming in brought.articles:
        became, slug = await desk.store.write(article_imports.take, incoming, call.caller.actor)
        getattr(told, became).append(slug)
    return told
