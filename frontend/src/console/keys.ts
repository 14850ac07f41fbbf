// Single keys for those who live here. They mean nothing while somebody types, so no letter of a text can act.
import { claim, withdraw } from "./acts";
import { inOrder } from "./arrange";
import { serverClock } from "./clock";
import { COMPOSER_ID } from "./composer";
import { undoneUntil } from "./delivery";
import type { Desk } from "./desk";
import type { Mode } from "./drafts";
import { SOLVE_ID } from "./solve";
import { insertSuggestion, sendSuggestion } from "./suggestions";
import type { Ticket } from "./wire";

export const KEYS: { keys: string; does: string }[] = [
  { keys: "j / k", does: "Next or previous ticket" },
  { keys: "r", does: "Reply to the customer" },
  { keys: "n", does: "Note to colleagues" },
  { keys: "Ctrl Enter", does: "Send what is written" },
  { keys: "1 – 9", does: "Insert what the knowledge base suggests" },
  { keys: "Shift 1 – 9", does: "Send it as it is, with its source" },
  { keys: "u", does: "Undo the reply, while it waits" },
  { keys: "Esc", does: "Leave the text" },
  { keys: "c", does: "Claim the ticket" },
  { keys: "s", does: "Solve the ticket" },
  { keys: "/", does: "Filter the list; in a reply: insert a prepared one" },
  { keys: "?", does: "This list" },
];

export function listen(desk: Desk): void {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || writing(event.target)) return;
    if (suggested(desk, event) || act(desk, event.key)) event.preventDefault();
  });
}

/** By the key's place: with Shift, a digit's key types something else on every keyboard. */
function suggested(desk: Desk, event: KeyboardEvent): boolean {
  const ticket = desk.ticket();
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  if (!ticket || !digit || desk.route.page) return false;
  return (event.shiftKey ? sendSuggestion : insertSuggestion)(desk, ticket, Number(digit) - 1);
}

function act(desk: Desk, key: string): boolean {
  const ticket = desk.ticket();
  switch (key) {
    case "j":
      return step(desk, 1);
    case "k":
      return step(desk, -1);
    case "r":
      return !!ticket && write(desk, "reply");
    case "n":
      return !!ticket && write(desk, "note");
    case "u":
      return !!ticket && undo(desk, ticket);
    case "c":
      if (ticket && ticket.assignee?.id !== desk.me?.id) void claim(desk, ticket);
      return !!ticket;
    case "s":
      if (ticket) document.getElementById(SOLVE_ID)?.click();
      return !!ticket;
    case "/":
      document.getElementById("filter")?.focus();
      return true;
    case "?":
      desk.help = true;
      desk.changed();
      return true;
    default:
      return false;
  }
}

function step(desk: Desk, by: number): boolean {
  const tickets = inOrder(desk);
  if (desk.route.page || !tickets.length) return false;
  const at = tickets.findIndex(({ id }) => id === desk.route.ticket);
  const next = at < 0 ? 0 : Math.min(tickets.length - 1, Math.max(0, at + by));
  desk.go({ view: desk.route.view, ticket: tickets[next]!.id });
  return true;
}

function write(desk: Desk, mode: Mode): boolean {
  desk.setMode(mode);
  document.getElementById(COMPOSER_ID)?.focus();
  return true;
}

function undo(desk: Desk, ticket: Ticket): boolean {
  const messages = [...desk.detail(ticket.id).messages.values()];
  const last = messages.filter((message) => undoneUntil(desk, message, ticket) > serverClock.now()).at(-1);
  if (last) void withdraw(desk, last).then(() => document.getElementById(COMPOSER_ID)?.focus());
  return !!last;
}

function writing(target: EventTarget | null): boolean {
  return target instanceof Element && !!target.closest("input, textarea, select, dialog, [role=menu]");
}
