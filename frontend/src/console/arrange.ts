// A view's tickets as they stand on the screen: grouped, filtered, in order. The list draws it and j/k walk along it.
import type { Desk } from "./desk";
import type { View } from "./views";
import type { Ticket } from "./wire";

export interface Section {
  title: string;
  tickets: Ticket[];
}

export function arrange(desk: Desk, view: View): Section[] {
  const wanted = [...desk.tickets.values()].filter((ticket) => matches(ticket, desk.filter));
  return view.groups
    .map(({ title, has }) => ({ title, tickets: wanted.filter(has).sort(view.order) }))
    .filter(({ tickets }) => tickets.length > 0);
}

export function inOrder(desk: Desk): Ticket[] {
  const view = desk.view();
  return view ? arrange(desk, view).flatMap(({ tickets }) => tickets) : [];
}

export function mineToAnswer(desk: Desk): number {
  return [...desk.tickets.values()].filter(({ status, assignee }) => status === "open" && assignee?.id === desk.me?.id)
    .length;
}

function matches(ticket: Ticket, filter: string): boolean {
  if (!filter) return true;
  const text = `#${ticket.id} ${ticket.subject} ${ticket.customer.name} ${ticket.preview}`.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
