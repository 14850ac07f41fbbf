"""A Slack on loopback: its Web API, both of its ways to an app, and the people who use it.

    async with Slack() as slack:                                     # slack.api_url, slack.token, slack.app_token
        slack.request_url = "http://127.0.0.1:8080/hooks/partners"   # HTTP; without it: Socket Mode
        ada = slack.person("Ada", "ada@example.test")
        said = await slack.say(ada, slack.dm(ada), "Where is my order?")
        await slack.until(lambda: slack.replies(said))

What a person does returns once our app has acknowledged it. Every request of ours is checked against slack_schema.py,
and every event against the same; what no Slack would see raises NotSlack at the end of the block. Nouns are in
slack_world.py, deliveries in slack_line.py, methods in slack_api.py, the server in slack_server.py, what one does with
a mouse in slack_hands.py.
"""

import re
from collections.abc import Sequence
from typing import Any

from tests.providers.slack_hands import Hands
from tests.providers.slack_line import NotAcknowledged
from tests.providers.slack_schema import NotSlack
from tests.providers.slack_server import changed_of, deleted_of, event_of
from tests.providers.slack_world import Call, Channel, Fault, File, Message, User, Workspace

__all__ = ["Call", "Channel", "Fault", "File", "Message", "NotAcknowledged", "NotSlack", "Slack", "User", "Workspace"]

TOKEN = re.compile(r"<(?=[@#!]|https?:|mailto:)[^<>]*>|[&<>]")  # what Slack's own composer makes, or a mark to escape
ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


class Slack(Hands):
    """Slack, and whoever is in it."""

    def person(self, name: str, email: str = "", team: str = "", *, bot: bool = False) -> User:
        return self.world.person(name, email, team, bot=bot)

    def channel(self, name: str, *members: User, private: bool = False, team: str = "", ours: bool = True) -> Channel:
        return self.world.channel(name, *members, private=private, team=team, ours=ours)

    def dm(self, user: User) -> Channel:
        return self.world.dm(user)

    async def say(
        self,
        user: User,
        channel: Channel,
        text: str,
        thread_ts: str | None = None,
        files: Sequence[tuple[str, str, bytes]] = (),
        **more: Any,
    ) -> Message:
        """Somebody writes; `text` as typed, but `<@U1>` and the like as Slack's composer makes them.

        `files`: name, type, content. `more` goes into the message as it is (blocks, subtype, client_msg_id).
        """
        message = {"type": "message", "user": user.id, "team": user.team, "text": typed(text), **more}
        if not user.bot and text and "<" not in text and "blocks" not in more:
            line = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
            message["blocks"] = [{"type": "rich_text", "block_id": self.world.name("b"), "elements": [line]}]
        if user.bot:
            message["bot_id"] = user.bot
        if thread_ts is not None:
            root = channel.messages[thread_ts]
            message |= {"thread_ts": thread_ts, "parent_user_id": root["user"]}
        if files:
            made = [self.world.file(*one, user) for one in files]
            hidden = self.shared_files_hidden and bool(channel.shared_with)
            message |= {"subtype": "file_share", "upload": False}
            message["files"] = [one.shown(self.url, shared=hidden) for one in made]
        message["ts"] = self.world.ts()
        channel.messages[message["ts"]] = message
        await self.tell_of(channel, event_of(channel, message))
        return {**message, "channel": channel.id}

    def mention(self, team: Workspace | None = None) -> str:
        """Our app, as Slack's composer writes it."""
        return f"<@{(team or self.team).bot.id}>"

    async def edit(self, said: Message, text: str) -> None:
        """Whoever said it changes it."""
        channel = self.world.channels[said["channel"]]
        before = channel.messages[said["ts"]]
        edited = {"user": before["user"], "ts": self.world.ts()}
        after = {key: value for key, value in before.items() if key != "blocks"}
        after |= {"text": typed(text), "edited": edited}
        channel.messages[said["ts"]] = after
        await self.tell_of(channel, changed_of(channel, before, after, edited["ts"]))

    async def delete(self, said: Message) -> None:
        """Whoever said it takes it back."""
        channel = self.world.channels[said["channel"]]
        before = channel.messages.pop(said["ts"])
        await self.tell_of(channel, deleted_of(channel, before, self.world.ts()))

    async def react(self, user: User, said: Message, name: str, *, remove: bool = False) -> None:
        """Somebody adds an emoji to a message, or takes it off."""
        channel = self.world.channels[said["channel"]]
        (self.unreacted if remove else self.reacted)(channel, user, said["ts"], name)
        item = {"type": "message", "channel": channel.id, "ts": said["ts"]}
        kind = "reaction_removed" if remove else "reaction_added"
        event = {"type": kind, "user": user.id, "reaction": name, "item": item, "event_ts": self.world.ts()}
        await self.tell_of(channel, {**event, "item_user": channel.messages[said["ts"]]["user"]})

    async def revoke(self, team: Workspace | None = None, error: str = "token_revoked") -> None:
        """An administrator takes our token away, and our app is told."""
        team = team or self.team
        team.revoked = error
        await self.event({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [team.bot.id]}}, team)

    async def uninstall(self, team: Workspace | None = None) -> None:
        """An administrator removes our app."""
        team = team or self.team
        team.revoked = "account_inactive"
        await self.event({"type": "app_uninstalled"}, team)


def typed(text: str) -> str:
    """As Slack hands on what somebody typed: three marks escaped, and nothing else."""
    return TOKEN.sub(lambda found: ESCAPED.get(found[0], found[0]), text)
