// How urgent a ticket is: an agent asks for help, a supervisor says what comes first and sees who asks.
import { useState } from "preact/hooks";
import { escalate, setPriority } from "./acts";
import { shortTime } from "../shared/times";
import { serverClock } from "./clock";
import { useDesk } from "./context";
import { type Desk, steers } from "./desk";
import { Go } from "./go";
import { Icon } from "./icons";
import { Menu } from "./menu";
import { Popup } from "./popup";
import type { Priority, Ticket } from "./wire";

const PRIORITIES: Priority[] = ["urgent", "high", "normal", "low"];
const REASON_LIMIT = 500;

export function Urgency({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  if (steers(desk.me)) return <PriorityMenu desk={desk} ticket={ticket} />;
  if (ticket.priority === "urgent") return null;
  return (
    <Popup label="Escalate" testid="escalate">
      {(close) => <AskForHelp ticket={ticket} done={close} />}
    </Popup>
  );
}

function PriorityMenu({ desk, ticket }: { desk: Desk; ticket: Ticket }) {
  const choices = PRIORITIES.map((priority) => ({
    key: priority,
    label: priority,
    ...(priority === ticket.priority && { hint: "now" }),
    act: () => void setPriority(desk, ticket, priority),
  }));
  return <Menu label="Priority" testid="priority" choices={choices} />;
}

function AskForHelp({ ticket, done }: { ticket: Ticket; done: () => void }) {
  const desk = useDesk();
  const [reason, setReason] = useState("");
  const ask = async (event: Event) => {
    event.preventDefault();
    if (await escalate(desk, ticket, reason.trim())) done();
  };
  return (
    <form class="menu-form" onSubmit={ask}>
      <label>
        Why do supervisors have to look at it?
        <textarea
          data-testid="escalate-reason"
          rows={3}
          maxLength={REASON_LIMIT}
          dir="auto"
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={!reason.trim()}>
        Ask for help
      </button>
    </form>
  );
}

/** On the ticket, until a supervisor has seen to it. */
export function EscalationLine({ ticket }: { ticket: Ticket }) {
  const { escalation } = ticket;
  if (!escalation) return null;
  return (
    <p class="escalation" data-testid="escalation">
      <strong>{escalation.by.name} asks for help:</strong> <span dir="auto">{escalation.reason}</span>{" "}
      <small>{shortTime(escalation.at, serverClock.now())}</small>
    </p>
  );
}

/** What supervisors are told as it happens, wherever they are. */
export function Escalations() {
  const desk = useDesk();
  const asked = [...desk.escalated].flatMap((id) => desk.tickets.get(id) ?? []).filter(({ escalation }) => escalation);
  const dismiss = (id: number) => {
    desk.escalated.delete(id);
    desk.changed();
  };
  return (
    <div role="alert">
      {asked.map((ticket) => (
        <section key={ticket.id} class="problem" data-testid="escalated">
          <div>
            <strong>
              {ticket.escalation!.by.name} asks for help with #{ticket.id}
            </strong>
            <p dir="auto">{ticket.escalation!.reason}</p>
            <Go to={{ view: `queue/${ticket.queue}`, ticket: ticket.id }}>Look at it</Go>
          </div>
          <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => dismiss(ticket.id)}>
            <Icon name="close" />
          </button>
        </section>
      ))}
    </div>
  );
}
