// Prepared replies: a line that begins with "/" offers them, filtered by what follows; the arrows choose, Enter puts the
// text in its place. Nothing is sent by that.
import { useEffect, useState } from "preact/hooks";
import { useDesk } from "./context";
import { loadReplies } from "./load";
import type { CannedReply, Ticket } from "./wire";

const ASKED = /(?:^|\n)\/([^\n/]{0,40})$/;
export const REPLIES_ID = "canned-replies";

export function useCanned(ticket: Ticket, text: string, write: (text: string) => void) {
  const desk = useDesk();
  const [at, setAt] = useState(0);
  const [closed, setClosed] = useState("");
  const asked = desk.hasReplies ? ASKED.exec(text) : null;
  const wanted = asked?.[1]?.trim().toLowerCase();
  const { replies } = desk.detail(ticket.id);
  useEffect(() => {
    if (asked && !replies) loadReplies(desk, ticket.id).catch((error) => desk.complain(error));
  }, [!!asked, !!replies]);
  const shown = !asked || closed === text ? [] : (replies ?? []).filter((reply) => fits(reply, wanted!));
  const chosen = Math.min(at, shown.length - 1);

  const insert = (reply: CannedReply) => {
    const before = text.slice(0, text.length - asked![1]!.length - 1);
    write(before + reply.text);
    setAt(0);
  };
  /** True when the key was for the list. */
  const pressed = (event: KeyboardEvent): boolean => {
    if (!shown.length || event.ctrlKey || event.metaKey) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp")
      setAt((chosen + (event.key === "ArrowDown" ? 1 : shown.length - 1)) % shown.length);
    else if (event.key === "Enter" || event.key === "Tab") insert(shown[chosen]!);
    else if (event.key === "Escape") setClosed(text);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { shown, chosen, insert, pressed };
}

export function CannedList({ shown, chosen, insert }: Omit<ReturnType<typeof useCanned>, "pressed">) {
  if (!shown.length) return null;
  return (
    <ul class="canned" id={REPLIES_ID} role="listbox" aria-label="Prepared replies" data-testid="canned">
      {shown.map((reply, i) => (
        <li
          key={reply.name}
          id={optionId(i)}
          role="option"
          aria-selected={i === chosen}
          onMouseDown={(event) => (event.preventDefault(), insert(reply))}
        >
          <strong dir="auto">{reply.title}</strong> <small>/{reply.name}</small>
          <p dir="auto">{reply.text}</p>
        </li>
      ))}
    </ul>
  );
}

export function optionId(at: number): string {
  return `${REPLIES_ID}-${at}`;
}

function fits({ name, title }: CannedReply, wanted: string): boolean {
  return name.includes(wanted) || title.toLowerCase().includes(wanted);
}
