"""The Web API of the fake Slack (slack.py): each method checks what it is given and does what Slack does.

Names of arguments are those of slack_sdk's client; what is in them is checked by slack_schema.py. A refusal of Slack's
is `Refusal`; what no Slack would ever be sent is NotSlack, which fails the test.
"""

import asyncio
import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from slack_sdk.web.async_client import AsyncWebClient

from tests.providers.slack_schema import NotSlack, check_message, check_view
from tests.providers.slack_world import Channel, File, Message, User, Workspace

if TYPE_CHECKING:
    from tests.providers.slack_server import Server

Arguments = dict[str, Any]
SCOPES = {
    *("app_mentions:read", "channels:history", "channels:read", "chat:write", "commands", "files:read", "files:write"),
    *("groups:history", "groups:read", "im:history", "im:write", "reactions:read", "reactions:write", "users:read"),
    "users:read.email",
}
NEEDED = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "conversations.open": "im:write",
    "users.info": "users:read",
    "users.lookupByEmail": "users:read.email",
    "files.info": "files:read",
    "files.delete": "files:write",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "reactions.add": "reactions:write",
    "reactions.remove": "reactions:write",
}
READS = {"channel": "channels", "group": "groups", "im": "im"}
TRIGGER_SECONDS = 3.0
VIEW_METHODS = {"views.open", "views.push", "views.update", "views.publish"}


class Refusal(Exception):
    """ok: false, with this error."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.answer = {"ok": False, "error": error, **more}


def check_names(method: str, arguments: Mapping[str, Any]) -> None:
    """Is it a method, and are these its arguments? Raises NotSlack."""
    function = getattr(AsyncWebClient, method.replace(".", "_"), None)
    if function is None:
        raise NotSlack(f"slack_sdk knows no method {method}")
    known = {name: one for name, one in inspect.signature(function).parameters.items() if name != "self"}
    names = {name.rstrip("_") for name, one in known.items() if one.kind is not one.VAR_KEYWORD}
    names |= {"blocks", "view", "files", "channel_id", "title", "filename", "grant_type"}
    if unknown := set(arguments) - names - {"token"}:
        raise NotSlack(f"{method} has no argument {', '.join(sorted(unknown))}")


class WebApi:
    """One method of ours for each of Slack's: dots become underscores."""

    def __init__(self, slack: "Server") -> None:
        self.slack = slack
        self.scopes = set(SCOPES)

    def method(self, name: str) -> Callable[[Workspace, Arguments], Message]:
        """What does it. Raises Refusal(unknown_method)."""
        found = getattr(self, name.replace(".", "_"), None) if "." in name else None
        if found is None:
            raise Refusal("unknown_method", req_method=name)
        return found  # type: ignore[no-any-return]

    def allowed(self, name: str) -> None:
        """Raises Refusal when the app was not installed with that scope."""
        needed = NEEDED.get(name)
        if needed is not None and needed not in self.scopes:
            raise Refusal("missing_scope", needed=needed, provided=",".join(sorted(self.scopes)))

    # --- who we are

    def auth_test(self, team: Workspace, given: Arguments) -> Message:
        return {
            "url": f"{self.slack.url}/",
            "team": team.name,
            "user": team.bot.name,
            "team_id": team.id,
            "user_id": team.bot.id,
            "bot_id": team.bot.bot,
            "is_enterprise_install": False,
        }

    # --- messages

    def chat_postMessage(self, team: Workspace, given: Arguments) -> Message:  # noqa: N802
        check_message(given)
        channel = self._channel_to_write(team, given)
        message = self._message(team, given)
        thread = given.get("thread_ts")
        if thread is not None:
            if thread not in channel.messages:
                raise Refusal("thread_not_found")
            message["thread_ts"] = channel.messages[thread].get("thread_ts", thread)
        return self.slack.posted(channel, message)

    def chat_update(self, team: Workspace, given: Arguments) -> Message:
        check_message(given)
        channel = self._channel_to_write(team, given)
        before = self._own_message(team, channel, given["ts"])
        after = {**before, **self._message(team, given), "ts": before["ts"]}
        if "blocks" not in given and "text" in given:
            after.pop("blocks", None)
        after["edited"] = {"user": team.bot.id, "ts": self.slack.world.ts()}
        self.slack.changed(channel, before, after)
        return {"channel": channel.id, "ts": before["ts"], "text": after.get("text", ""), "message": after}

    def chat_delete(self, team: Workspace, given: Arguments) -> Message:
        channel = self._channel_to_write(team, given)
        self.slack.removed(channel, self._own_message(team, channel, given["ts"]))
        return {"channel": channel.id, "ts": given["ts"]}

    def chat_postEphemeral(self, team: Workspace, given: Arguments) -> Message:  # noqa: N802
        check_message(given)
        channel = self._channel_to_write(team, given)
        user = self._user(given["user"])
        if user.id not in channel.members:
            raise Refusal("user_not_in_channel")
        message = {**self._message(team, given), "ts": self.slack.world.ts(), "channel": channel.id}
        self.slack.whispered(user, message)
        return {"message_ts": message["ts"]}

    # --- channels and people

    def conversations_open(self, team: Workspace, given: Arguments) -> Message:
        users = str(given["users"]).split(",")
        if len(users) != 1:
            raise NotSlack("the fake opens direct messages with one user only")
        user = self._user(users[0])
        if user.bot:
            raise Refusal("cannot_dm_bot")
        return {"channel": {"id": self.slack.world.dm(user).id}}

    def conversations_info(self, team: Workspace, given: Arguments) -> Message:
        channel = self._channel(team, given["channel"])
        self._reads(channel, "read")
        return {
            "channel": {
                "id": channel.id,
                "name": channel.name,
                "is_channel": channel.kind == "channel",
                "is_group": channel.kind == "group",
                "is_im": channel.kind == "im",
                "is_private": channel.kind != "channel",
                "is_archived": channel.archived,
                "is_member": self.slack.world.sees(team, channel),
                "is_ext_shared": bool(channel.shared_with),
                **({"user": channel.user} if channel.user else {}),
            }
        }

    def conversations_list(self, team: Workspace, given: Arguments) -> Message:
        kinds = str(given.get("types", "public_channel"))
        wanted = {"channel"} if "public_channel" in kinds else set()
        wanted |= {"group"} if "private_channel" in kinds else set()
        found = [
            one
            for one in self.slack.world.channels.values()
            if one.kind in wanted and team.id in (one.team, *one.shared_with)
        ]
        seen = [one for one in found if one.kind == "channel" or self.slack.world.sees(team, one)]
        page, more = self._page(seen, given)
        return {
            "channels": [self.conversations_info(team, {"channel": one.id})["channel"] for one in page],
            "response_metadata": {"next_cursor": more},
        }

    def conversations_members(self, team: Workspace, given: Arguments) -> Message:
        channel = self._channel(team, given["channel"])
        self._reads(channel, "read")
        page, more = self._page(sorted(channel.members), given)
        return {"members": page, "response_metadata": {"next_cursor": more}}

    def conversations_history(self, team: Workspace, given: Arguments) -> Message:
        channel = self._channel(team, given["channel"])
        self._reads(channel, "history")
        newest_first = [
            one for one in reversed(channel.messages.values()) if one.get("thread_ts", one["ts"]) == one["ts"]
        ]
        return self._told(newest_first, given)

    def conversations_replies(self, team: Workspace, given: Arguments) -> Message:
        channel = self._channel(team, given["channel"])
        self._reads(channel, "history")
        found = channel.thread(given["ts"])
        if not found:
            raise Refusal("thread_not_found")
        return self._told(found, given)

    def users_info(self, team: Workspace, given: Arguments) -> Message:
        return {"user": self._shown(self._user(given["user"]))}

    def users_lookupByEmail(self, team: Workspace, given: Arguments) -> Message:  # noqa: N802
        email = given["email"].lower()
        for user in self.slack.world.users.values():
            if user.team == team.id and user.email.lower() == email and email:
                return {"user": self._shown(user)}
        raise Refusal("users_not_found")

    # --- views

    def views_open(self, team: Workspace, given: Arguments) -> Message:
        user = self._triggered(given)
        view = self.shown_view(team, given["view"], "modal")
        user.modals[:] = [view]
        return {"view": view}

    def views_push(self, team: Workspace, given: Arguments) -> Message:
        user = self._triggered(given)
        if not 0 < len(user.modals) < 3:
            raise Refusal("push_limit_reached")
        view = self.shown_view(team, given["view"], "modal")
        user.modals.append(view)
        return {"view": view}

    def views_update(self, team: Workspace, given: Arguments) -> Message:
        wanted = {key: given[key] for key in ("view_id", "external_id") if key in given}
        if len(wanted) != 1:
            raise NotSlack("views.update wants a view_id or an external_id")
        (key, value), *_ = wanted.items()
        for user in self.slack.world.users.values():
            for place, view in enumerate(user.modals):
                if view["id" if key == "view_id" else key] == value:
                    if given.get("hash", view["hash"]) != view["hash"]:
                        raise Refusal("hash_conflict")
                    user.modals[place] = {**self.shown_view(team, given["view"], "modal"), "id": view["id"]}
                    return {"view": user.modals[place]}
        raise Refusal("not_found")

    def views_publish(self, team: Workspace, given: Arguments) -> Message:
        user = self._user(given["user_id"])
        if user.home is not None and given.get("hash", user.home["hash"]) != user.home["hash"]:
            raise Refusal("hash_conflict")
        view = self.shown_view(team, given["view"], "home")
        if user.home is not None:
            view["id"] = user.home["id"]
        user.home = view
        return {"view": view}

    # --- files

    def files_getUploadURLExternal(self, team: Workspace, given: Arguments) -> Message:  # noqa: N802
        if int(given["length"]) <= 0:
            raise Refusal("invalid_arguments")
        name = self.slack.world.name("F")
        file = File(name, given["filename"], "application/octet-stream", b"", team.id, team.bot.id)
        file.length, file.uploaded = int(given["length"]), False
        self.slack.world.files[file.id] = file
        return {"upload_url": f"{self.slack.url}/upload/v1/{file.id}", "file_id": file.id}

    def files_completeUploadExternal(self, team: Workspace, given: Arguments) -> Message:  # noqa: N802
        if given.get("blocks"):
            check_message({"blocks": given["blocks"]})
        files = [self.slack.world.files.get(one["id"]) for one in given["files"]]
        if not files or any(one is None or not one.uploaded for one in files):
            raise Refusal("file_not_found")
        found = [one for one in files if one is not None]
        for one, told in zip(found, given["files"], strict=True):
            one.name = told.get("title") or one.name
        if "channel_id" in given:
            channel = self._channel_to_write(team, {"channel": given["channel_id"]})
            message = self._message(team, {"text": given.get("initial_comment", " ")})
            message |= {"text": given.get("initial_comment", ""), "files": [self.slack.file(one) for one in found]}
            if thread := given.get("thread_ts"):
                message["thread_ts"] = thread
            posted = self.slack.posted(channel, message)
            for one in found:
                one.channels.append(channel.id)
                one.shares.setdefault(channel.id, []).append(posted["ts"])
        return {"files": [{"id": one.id, "title": one.name} for one in found]}

    def files_info(self, team: Workspace, given: Arguments) -> Message:
        file = self.slack.world.files.get(given["file"])
        if file is None:
            raise Refusal("file_not_found")
        shares: Message = {"public": {}, "private": {}}
        for channel, stamps in file.shares.items():
            kind = "public" if self.slack.world.channels[channel].kind == "channel" else "private"
            shares[kind][channel] = [{"ts": ts} for ts in stamps]
        return {"file": {**self.slack.file(file), "shares": shares}}

    def files_delete(self, team: Workspace, given: Arguments) -> Message:
        file = self.slack.world.files.pop(given["file"], None)
        if file is None:
            raise Refusal("file_not_found")
        for channel, stamps in file.shares.items():
            for ts in stamps:
                self.slack.world.channels[channel].messages.pop(ts, None)
        return {}

    # --- reactions

    def reactions_add(self, team: Workspace, given: Arguments) -> Message:
        channel = self._channel(team, given["channel"])
        if not self.slack.reacted(channel, team.bot, given["timestamp"], given["name"]):
            raise Refusal("already_reacted")
        return {}

    def reactions_remove(self, team: Workspace, given: Arguments) -> Message:
        channel = self._channel(team, given["channel"])
        if not self.slack.unreacted(channel, team.bot, given["timestamp"], given["name"]):
            raise Refusal("no_reaction")
        return {}

    # --- what they share

    def _message(self, team: Workspace, given: Arguments) -> Message:
        if not any(given.get(name) for name in ("text", "blocks", "attachments")):
            raise Refusal("no_text")
        kept = {key: given[key] for key in ("text", "blocks", "attachments", "metadata") if given.get(key)}
        return {"type": "message", "text": "", "user": team.bot.id, "bot_id": team.bot.bot, "team": team.id, **kept}

    def _channel(self, team: Workspace, id_: str) -> Channel:
        channel = self.slack.world.channels.get(id_)
        if channel is None or team.id not in (channel.team, *channel.shared_with):
            raise Refusal("channel_not_found")
        if channel.kind != "channel" and not self.slack.world.sees(team, channel):
            raise Refusal("channel_not_found")
        return channel

    def _channel_to_write(self, team: Workspace, given: Arguments) -> Channel:
        id_ = given["channel"]
        if id_ in self.slack.world.users and id_.startswith("U"):
            return self.slack.world.dm(self._user(id_))
        channel = self._channel(team, id_)
        if channel.archived:
            raise Refusal("is_archived")
        if not self.slack.world.sees(team, channel):
            raise Refusal("not_in_channel")
        return channel

    def _own_message(self, team: Workspace, channel: Channel, ts: str) -> Message:
        message = channel.messages.get(ts)
        if message is None:
            raise Refusal("message_not_found")
        if message.get("bot_id") != team.bot.bot:
            raise Refusal("cant_update_message")
        return message

    def _user(self, id_: str) -> User:
        if id_ not in self.slack.world.users:
            raise Refusal("user_not_found")
        return self.slack.world.users[id_]

    def _reads(self, channel: Channel, what: str) -> None:
        needed = f"{READS[channel.kind]}:{what}"
        if needed not in self.scopes:
            raise Refusal("missing_scope", needed=needed, provided=",".join(sorted(self.scopes)))

    def _shown(self, user: User) -> Message:
        names = {"real_name": user.name, "display_name": user.name}
        profile = names | ({"email": user.email} if user.email and "users:read.email" in self.scopes else {})
        return {
            "id": user.id,
            "team_id": user.team,
            "name": user.name.lower().replace(" ", "."),
            "deleted": False,
            "real_name": user.name,
            "tz": "Europe/Berlin",
            "is_bot": bool(user.bot),
            "is_app_user": False,
            "profile": profile,
        }

    def _page(self, all_: list[Any], given: Arguments) -> tuple[list[Any], str]:
        limit, start = int(given.get("limit") or 100), int(given.get("cursor") or 0)
        end = start + limit
        return all_[start:end], str(end) if end < len(all_) else ""

    def _told(self, messages: list[Message], given: Arguments) -> Message:
        page, more = self._page(messages, given)
        hidden = () if given.get("include_all_metadata") else ("metadata",)
        shown = [{key: value for key, value in one.items() if key not in hidden} for one in page]
        return {"messages": shown, "has_more": bool(more), "response_metadata": {"next_cursor": more}}

    def _triggered(self, given: Arguments) -> User:
        trigger = self.slack.triggers.pop(given["trigger_id"], None)
        if trigger is None:
            raise Refusal("exchanged_trigger_id" if given["trigger_id"] in self.slack.used else "invalid_trigger_id")
        self.slack.used.add(given["trigger_id"])
        user, at = trigger
        if asyncio.get_running_loop().time() - at > TRIGGER_SECONDS:
            raise Refusal("expired_trigger_id")
        return user

    def shown_view(self, team: Workspace, view: Message, kind: str) -> Message:
        check_view(view)
        if view["type"] != kind:
            raise NotSlack(f"a {view['type']} where a {kind} belongs")
        number = self.slack.world.number()
        return {
            "external_id": "",
            "private_metadata": "",
            "callback_id": "",
            **view,
            "id": f"V{number:010d}",
            "hash": f"{number}.hash",
            "team_id": team.id,
            "bot_id": team.bot.bot,
            "app_id": "A1",
            "state": {"values": {}},
        }
