// The lists an agent can look at. A view is a question to the server and the same question to a ticket at hand, so
// that a live change moves a ticket between views without asking again.
import type { Desk } from "./desk";
import type { Status, Ticket } from "./wire";

export interface View {
  key: string;
  title: string;
  /** One request each: the API takes one status at a time. */
  queries: string[];
  groups: Group[];
  order: (a: Ticket, b: Ticket) => number;
  /** Rows of several statuses stand among each other, so each says its own. */
  mixed?: boolean;
  empty: string;
}

export interface Group {
  title: string;
  has: (ticket: Ticket) => boolean;
}

const UNFINISHED: Status[] = ["new", "open", "answered", "snoozed"];
const WORDS: Record<string, string> = {
  waiting: "waiting",
  open: "open",
  answered: "answered",
  snoozed: "snoozed",
  new: "with the assistant",
};

/**
 * The view a key names; null when there is none such, or nobody is signed in yet.
 * Keys are paths: mine, agent/ID, open, solved, queue/NAME, queue/NAME/FIGURE.
 */
export function viewOf(key: string, { me, agents, queues }: Pick<Desk, "me" | "agents" | "queues">): View | null {
  const [kind, name, figure] = key.split("/");
  if (!me) return null;
  if (kind === "mine") return mine(me.id);
  if (kind === "open") return unfinished();
  if (kind === "solved") return solved();
  if (!name) return null;
  if (kind === "agent") return heldBy(Number(name), agents.get(Number(name))?.name ?? "Agent");
  if (kind !== "queue") return null;
  const queue = queues.find((one) => one.name === name);
  if (queues.length && !queue) return null;
  const title = queue?.title ?? name;
  return figure ? behindFigure(name, title, figure) : inQueue(name, title);
}

function mine(me: number): View {
  const empty = "Nothing is waiting for you. Take one from a queue, or enjoy the quiet.";
  return { ...heldBy(me, "My tickets"), key: "mine", empty };
}

function heldBy(agent: number, title: string): View {
  const held = (ticket: Ticket, status: Status) => ticket.assignee?.id === agent && ticket.status === status;
  return {
    key: `agent/${agent}`,
    title,
    queries: ["open", "answered", "snoozed"].map((status) => `assignee=${agent}&status=${status}`),
    groups: [
      { title: "To answer", has: (ticket) => held(ticket, "open") },
      { title: "The customer's turn", has: (ticket) => held(ticket, "answered") },
      { title: "Snoozed", has: (ticket) => held(ticket, "snoozed") },
    ],
    order: longestWaitingFirst,
    empty: "Nothing taken at the moment.",
  };
}

function inQueue(queue: string, title: string): View {
  const here = (ticket: Ticket, status: Status) => ticket.queue === queue && ticket.status === status;
  return {
    key: `queue/${queue}`,
    title,
    queries: ["open", "new"].map((status) => `queue=${encodeURIComponent(queue)}&status=${status}`),
    groups: [
      { title: "Waiting for somebody", has: (ticket) => here(ticket, "open") && !ticket.assignee },
      { title: "Taken", has: (ticket) => here(ticket, "open") && !!ticket.assignee },
      { title: "With the assistant", has: (ticket) => here(ticket, "new") },
    ],
    order: longestWaitingFirst,
    empty: "Nobody is waiting in this queue.",
  };
}

function unfinished(): View {
  return {
    key: "open",
    title: "All unsolved",
    mixed: true,
    queries: UNFINISHED.map((status) => `status=${status}`),
    groups: [{ title: "", has: (ticket) => UNFINISHED.includes(ticket.status) }],
    order: newestFirst,
    empty: "Every ticket is solved.",
  };
}

function solved(): View {
  return {
    key: "solved",
    title: "Solved",
    queries: ["solved", "closed"].map((status) => `status=${status}`),
    groups: [{ title: "", has: (ticket) => ticket.status === "solved" || ticket.status === "closed" }],
    order: newestFirst,
    empty: "Nothing has been solved yet.",
  };
}

/** The rows behind one number of the figures page. */
function behindFigure(queue: string, title: string, figure: string): View | null {
  if (!(figure in WORDS)) return null;
  const waiting = figure === "waiting";
  const status = waiting ? "open" : figure;
  return {
    key: `queue/${queue}/${figure}`,
    title: `${title}: ${WORDS[figure]}`,
    queries: [`queue=${encodeURIComponent(queue)}&status=${status}${waiting ? "&assignee=none" : ""}`],
    groups: [
      {
        title: "",
        has: (ticket) => ticket.queue === queue && ticket.status === status && !(waiting && ticket.assignee),
      },
    ],
    order: waiting ? longestWaitingFirst : newestFirst,
    empty: "None at the moment.",
  };
}

function longestWaitingFirst(a: Ticket, b: Ticket): number {
  const since = (ticket: Ticket) => ticket.waiting_since ?? "9";
  return urgency(b) - urgency(a) || since(a).localeCompare(since(b)) || newestFirst(a, b);
}

function newestFirst(a: Ticket, b: Ticket): number {
  return b.updated_at.localeCompare(a.updated_at) || b.id - a.id;
}

function urgency(ticket: Ticket): number {
  return ticket.priority === "urgent" ? 2 : ticket.priority === "high" ? 1 : 0;
}
