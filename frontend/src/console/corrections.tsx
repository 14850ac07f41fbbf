// What can still be done about words of ours: say something else, or take them away, before they left or where the
// medium can change what it delivered. Offered to their author and to who steers; the server decides.
import { useEffect, useRef, useState } from "preact/hooks";
import { deleteMessage, editMessage } from "./acts";
import { useDesk } from "./context";
import { type Desk, steers } from "./desk";
import type { Message, Ticket } from "./wire";

export function mayCorrect(desk: Desk, { author, direction, delivery, deleted_at }: Message, ticket: Ticket): boolean {
  const own = author.kind === "agent" && author.id === desk.me!.id;
  if (direction !== "outbound" || deleted_at || !(own || steers(desk.me))) return false;
  if (delivery === "withdrawn" || delivery === "unknown") return false;
  if (delivery === "due" || delivery === "buried") return true;
  return desk.channels.find(({ name }) => name === ticket.channel)?.changes ?? false;
}

/** Taking words away cannot be undone, so it is asked once more, in the same place. */
export function Corrections({ message, edit }: { message: Message; edit: () => void }) {
  const desk = useDesk();
  const [sure, setSure] = useState(false);
  return (
    <span class="corrections">
      <button type="button" data-testid="edit" onClick={edit}>
        Edit
      </button>
      <button
        type="button"
        data-testid="delete"
        onBlur={() => setSure(false)}
        onClick={() => (sure ? void deleteMessage(desk, message) : setSure(true))}
      >
        {sure ? "Take it away for good?" : "Delete"}
      </button>
    </span>
  );
}

export function Editor({ message, close }: { message: Message; close: () => void }) {
  const desk = useDesk();
  const [text, setText] = useState(message.text);
  const saving = useRef(false);
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => area.current!.focus(), []);
  const save = async () => {
    if (saving.current || !text.trim()) return;
    saving.current = true;
    if (await editMessage(desk, message, text.trim())) close();
    saving.current = false;
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    event.stopPropagation();
    if (event.key === "Escape") close();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void save();
  };
  return (
    <form class="editor" onSubmit={(event) => (event.preventDefault(), void save())}>
      <textarea
        aria-label="What the message is to say"
        data-testid="editor"
        dir="auto"
        rows={Math.min(10, text.split("\n").length + 1)}
        value={text}
        ref={area}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={pressed}
      />
      <p>
        <button type="submit" class="strong" data-testid="save-edit" disabled={!text.trim() || text === message.text}>
          Save
        </button>
        <button type="button" class="quiet" onClick={close}>
          Cancel
        </button>
      </p>
    </form>
  );
}
