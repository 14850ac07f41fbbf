"""What people do in the fake Slack (slack.py) with a mouse: buttons, modals, shortcuts, slash commands, the home tab.

What is pressed must be there, and what is filled in must be asked for: a test cannot press what nobody was shown.
"""

import asyncio
from typing import Any

from tests.providers.slack_schema import NotSlack, check_message, check_view, elements
from tests.providers.slack_server import Server
from tests.providers.slack_world import Channel, Message, User

PICKED = {
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "plain_text_input": "value",
    "email_text_input": "value",
    "number_input": "value",
}
CHOSEN = {"static_select", "external_select", "radio_buttons", "overflow"}
CHOSEN_SEVERAL = {"checkboxes", "multi_static_select"}


class Hands(Server):
    """Slack, with people who press what they are shown."""

    async def press(self, user: User, where: Message, action_id: str, value: Any = None) -> Any:
        """Press a button, or pick `value` from a menu: of a message, a modal or a home tab as it was last shown."""
        shown, container = self._current(user, where)
        block, element = _find(shown, action_id)
        action = {
            "action_id": action_id,
            "block_id": block.get("block_id", "b"),
            "type": element["type"],
            "action_ts": self.world.ts(),
            **_picked(element, value),
        }
        payload = {**self._interaction(user, "block_actions"), "container": container, "actions": [action]}
        payload["trigger_id"] = self.trigger(user)
        if "view" in container["type"]:
            payload["view"] = shown
        else:
            channel = self.world.channels[container["channel_id"]]
            payload |= {"channel": {"id": channel.id, "name": channel.name or "directmessage"}, "message": shown}
            payload["state"] = {"values": {}}
            payload["response_url"] = self.response_url(user, channel, shown)
        return await self._interact(payload)

    async def submit_view(self, user: User, values: dict[str, Any] | None = None) -> Any:
        """Fill in the topmost modal (action id -> value) and submit it; what our app answered."""
        view = user.modals[-1]
        view["state"] = {"values": _filled_in(view, values or {})}
        payload = {**self._interaction(user, "view_submission"), "view": view, "response_urls": []}
        payload["trigger_id"] = self.trigger(user)
        answer = await self._interact(payload)
        self._follow(user, view, answer or {})
        return answer

    async def close_view(self, user: User) -> None:
        """Close the topmost modal; our app is told where it asked for that."""
        view = user.modals.pop()
        if view.get("notify_on_close"):
            await self._interact({**self._interaction(user, "view_closed"), "view": view, "is_cleared": False})

    async def shortcut(self, user: User, callback_id: str) -> Any:
        """A global shortcut."""
        payload = {**self._interaction(user, "shortcut"), "callback_id": callback_id, "action_ts": self.world.ts()}
        payload["trigger_id"] = self.trigger(user)
        return await self._interact(payload)

    async def message_shortcut(self, user: User, callback_id: str, said: Message) -> Any:
        """A shortcut in the menu of a message."""
        channel = self.world.channels[said["channel"]]
        message = channel.messages[said["ts"]]
        payload = {
            **self._interaction(user, "message_action"),
            "callback_id": callback_id,
            "action_ts": self.world.ts(),
            "message_ts": said["ts"],
            "message": message,
            "channel": {"id": channel.id, "name": channel.name or "directmessage"},
            "response_url": self.response_url(user, channel, message),
            "trigger_id": self.trigger(user),
        }
        return await self._interact(payload)

    async def slash(self, user: User, command: str, text: str = "", channel: Channel | None = None) -> Any:
        """A slash command, which Slack takes in channels but not in threads; what our app answered."""
        place = channel or self.world.dm(user)
        payload = {
            "token": "old-verification-token",
            "team_id": user.team,
            "team_domain": "example",
            "channel_id": place.id,
            "channel_name": place.name or "directmessage",
            "user_id": user.id,
            "user_name": user.name.lower(),
            "command": command,
            "text": text,
            "api_app_id": "A1",
            "is_enterprise_install": "false",
            "response_url": self.response_url(user, place, None),
            "trigger_id": self.trigger(user),
        }
        answer = await self.deliver("slash_commands", payload)
        if answer and (answer.get("text") or answer.get("blocks")):
            check_message(answer)
            kept = {key: answer[key] for key in ("text", "blocks", "attachments") if key in answer}
            if answer.get("response_type") == "in_channel":
                bot = self.team.bot
                self.posted(place, {"type": "message", "text": "", "user": bot.id, "bot_id": bot.bot, **kept})
            else:
                self.whispered(user, {"type": "message", "ts": self.world.ts(), "channel": place.id, **kept})
        await self.told()
        return answer

    async def open_home(self, user: User, tab: str = "home") -> None:
        """Somebody looks at our app's home."""
        event: Message = {"type": "app_home_opened", "user": user.id, "channel": self.world.dm(user).id, "tab": tab}
        if tab == "home" and user.home is not None:
            event["view"] = {key: value for key, value in user.home.items() if key in ("type", "blocks")}
        await self.event({**event, "event_ts": self.world.ts()}, self.world.workspaces[user.team])

    def trigger(self, user: User) -> str:
        """Lets our app open a modal for that user, once and within three seconds."""
        trigger = f"{self.world.number()}.{self.random.getrandbits(64):x}"
        self.triggers[trigger] = (user, asyncio.get_running_loop().time())
        return trigger

    def response_url(self, user: User, channel: Channel | None, message: Message | None) -> str:
        """Where our app may answer an interaction, five times."""
        id_ = f"{self.world.number()}-{self.random.getrandbits(64):x}"
        self.responses[id_] = (user, channel, message, 0)
        return f"{self.url}/response/{id_}"

    def _interaction(self, user: User, kind: str) -> Message:
        return {
            "type": kind,
            "token": "old-verification-token",
            "api_app_id": "A1",
            "team": {"id": user.team, "domain": "example"},
            "user": {
                "id": user.id,
                "username": user.name.lower(),
                "name": user.name.lower(),
                "team_id": user.team,
            },
            "enterprise": None,
            "is_enterprise_install": False,
        }

    async def _interact(self, payload: Message) -> Any:
        answer = await self.deliver("interactive", payload)
        await self.told()
        return answer

    def _current(self, user: User, where: Message) -> tuple[Message, Message]:
        """What stands there now, and how Slack names the place."""
        if "ts" in where and "channel" in where:
            channel = self.world.channels[where["channel"]]
            whispered = [one for one in user.whispers if one.get("ts") == where["ts"]]
            message = whispered[-1] if whispered else channel.messages[where["ts"]]
            container = {
                "type": "message",
                "message_ts": message["ts"],
                "channel_id": channel.id,
                "is_ephemeral": bool(whispered),
                **({"thread_ts": message["thread_ts"]} if "thread_ts" in message else {}),
            }
            return message, container
        views = [*user.modals, *([user.home] if user.home else [])]
        view = next(one for one in views if one["id"] == where["id"])
        return view, {"type": "view", "view_id": view["id"]}

    def _follow(self, user: User, view: Message, answer: Message) -> None:
        """What Slack does with the answer to a submission."""
        match answer.get("response_action"):
            case "errors":
                asked = {block.get("block_id") for block in view["blocks"] if block["type"] == "input"}
                if not answer["errors"] or not set(answer["errors"]) <= asked:
                    raise NotSlack(f"errors for {sorted(answer['errors'])}, and asked was {asked}")
            case "clear":
                user.modals.clear()
            case "update" | "push" as action:
                check_view(answer["view"])
                team = self.world.workspaces[user.team]
                shown = self.api.shown_view(team, answer["view"], "modal")
                if action == "update":
                    user.modals[-1] = {**shown, "id": view["id"]}
                else:
                    user.modals.append(shown)
            case None if not answer:
                if view in user.modals:
                    user.modals.remove(view)
            case other:
                raise NotSlack(f"an answer to a submission with {other!r}: {answer}")


def _find(shown: Message, action_id: str) -> tuple[Message, Message]:
    for block in shown.get("blocks", []):
        for element in elements(block):
            if element.get("action_id") == action_id:
                return block, dict(element)
    known = [one.get("action_id") for block in shown.get("blocks", []) for one in elements(block)]
    raise AssertionError(f"nobody was shown {action_id!r}; there is {known}")


def _picked(element: Message, value: Any) -> Message:
    kind = element["type"]
    if kind == "button":
        found = {"text": element["text"]} | ({"value": element["value"]} if "value" in element else {})
        assert value is None or value == element.get("value"), f"the button says {element.get('value')!r}"
        return found
    if kind in CHOSEN:
        return {"selected_option": _option(element, value)}
    if kind in CHOSEN_SEVERAL:
        return {"selected_options": [_option(element, one) for one in value or ()]}
    if kind in PICKED:
        return {PICKED[kind]: value}
    raise AssertionError(f"the fake has no hand for a {kind}")


def _option(element: Message, value: Any) -> Message | None:
    if value is None:
        return None
    options = [*element.get("options", [])]
    for group in element.get("option_groups", []):
        options += group["options"]
    if element["type"] == "external_select":
        return {"text": {"type": "plain_text", "text": str(value)}, "value": str(value)}
    return next(dict(one) for one in options if one["value"] == value)


def _filled_in(view: Message, values: dict[str, Any]) -> Message:
    """view.state.values; what is not given keeps what it began with, and what must be given is missed."""
    state: Message = {}
    unused = set(values)
    for block in view["blocks"]:
        for element in elements(block):
            id_ = element.get("action_id", "")
            if element["type"] == "button" or not (block["type"] == "input" or id_ in values):
                continue
            unused.discard(id_)
            given = _picked(dict(element), values[id_]) if id_ in values else _initial(element)
            if block["type"] == "input" and not block.get("optional") and not any(given.values()):
                raise AssertionError(f"{id_!r} must be filled in")
            state.setdefault(block.get("block_id", "b"), {})[id_] = {"type": element["type"], **given}
    assert not unused, f"nobody asks for {unused}"
    return state


def _initial(element: Any) -> Message:
    kind = element["type"]
    if kind in CHOSEN:
        return {"selected_option": element.get("initial_option")}
    if kind in CHOSEN_SEVERAL:
        return {"selected_options": element.get("initial_options", [])}
    name = PICKED[kind]
    return {name: element.get("initial_value" if name == "value" else name.replace("selected", "initial"))}
