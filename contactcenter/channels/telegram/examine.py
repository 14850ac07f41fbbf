"""Is a bot as its settings say? For `contactcenter doctor`, which changes nothing: looked at as the desk would."""

import asyncio
from collections.abc import AsyncIterator

from telegram import Bot
from telegram.error import TelegramError

from contactcenter.channels.telegram.line import Line
from contactcenter.channels.telegram.settings import Settings

WITHIN = 10.0  # seconds Telegram is given
PRIVACY = (
    "{name}: in groups the bot is given only what is addressed to it (privacy mode), which is all that it reads; to "
    "have every mention of it arrive, make it an administrator, or let @BotFather turn privacy off (/setprivacy)"
)


async def examine(name: str, settings: Settings) -> AsyncIterator[tuple[bool, str]]:
    """What is well and what is not, in words with a remedy."""
    line = Line(settings)
    async with line.used() as bot:
        try:
            async with asyncio.timeout(WITHIN):
                found = [*await _bot(name, bot), await _webhook(name, settings, bot)]
        except TelegramError as error:
            found = [(False, f"{name}: {line.remedy(error)}")]
        except TimeoutError:
            found = [(False, f"{name}: {line.host} does not answer; check api_url")]
    for finding in found:
        yield finding


async def _bot(name: str, bot: Bot) -> list[tuple[bool, str]]:
    me = await bot.get_me()
    found = [(True, f"{name}: Telegram knows the bot as @{me.username}")]
    if me.can_join_groups and not me.can_read_all_group_messages:
        found.append((True, PRIVACY.format(name=name)))
    if not me.can_join_groups:
        found.append((True, f"{name}: the bot cannot be added to groups; @BotFather lets it (/setjoingroups)"))
    return found


async def _webhook(name: str, settings: Settings, bot: Bot) -> tuple[bool, str]:
    found = await bot.get_webhook_info()
    if settings.mode == "polling":
        if found.url:
            return True, f"{name}: a webhook is set at {found.url}; the desk takes it away when it begins to fetch"
        return True, f"{name}: messages are fetched; {found.pending_update_count} wait with Telegram"
    if not found.url:
        return True, f"{name}: no webhook is set yet; the desk sets it when it starts"
    if found.last_error_message and found.pending_update_count:
        why = f"{found.last_error_message}; {found.pending_update_count} wait there"
        return (
            False,
            f"{name}: Telegram cannot bring messages to {found.url}: {why}; check web.public_url and its proxy",
        )
    return True, f"{name}: Telegram brings messages to {found.url}"
