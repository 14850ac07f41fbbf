// A ticket's status in a word, with the colour it has everywhere.
import { clockTime, day } from "../shared/times";
import type { Ticket } from "./wire";

export const STATUS: Record<Ticket["status"], string> = {
  new: "With the assistant",
  open: "Open",
  answered: "Answered",
  snoozed: "Snoozed",
  solved: "Solved",
  closed: "Closed",
};

export function StatusChip({ ticket }: { ticket: Ticket }) {
  const until = ticket.status === "snoozed" && ticket.snoozed_until;
  return (
    <span class={`status status-${ticket.status}`} data-testid="status" data-status={ticket.status}>
      {STATUS[ticket.status]}
      {until && ` until ${day(until)}, ${clockTime(until)}`}
    </span>
  );
}
