// What happened, newest first, each decision with its reasons. Kinds of events grow with the product, so one without
// words of its own in happened.ts is read by its shape: the name is a sentence, `reason` and `reasons` are shown, the
// rest can be unfolded.
import { useState } from "preact/hooks";
import { fullTime, shortTime } from "../shared/times";
import { serverClock } from "./clock";
import { useDesk } from "./context";
import type { Desk } from "./desk";
import { happened } from "./happened";
import { loadCustomerHistory } from "./load";
import type { HistoryEvent, Ticket } from "./wire";

export function History({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  const [whole, setWhole] = useState(false);
  const show = (all: boolean) => {
    setWhole(all);
    if (all) loadCustomerHistory(desk, ticket.customer.id).catch((error) => desk.complain(error));
  };
  return (
    <>
      <div class="reaches" role="group" aria-label="Whose history">
        <button type="button" aria-pressed={!whole} onClick={() => show(false)}>
          This ticket
        </button>
        <button type="button" aria-pressed={whole} onClick={() => show(true)}>
          This customer
        </button>
      </div>
      <Events
        events={whole ? (desk.customerEvents.get(ticket.customer.id) ?? []) : desk.detail(ticket.id).events}
        ticket={ticket}
      />
    </>
  );
}

function Events({ events, ticket }: { events: HistoryEvent[]; ticket: Ticket }) {
  if (!events.length) return <p class="empty">Nothing on the history yet.</p>;
  const newestFirst = [...events].sort((a, b) => b.at.localeCompare(a.at) || b.position - a.position);
  return (
    <ol class="history">
      {newestFirst.map((event) => (
        <EventLine key={`${event.customer} ${event.position}`} event={event} ticket={ticket} />
      ))}
    </ol>
  );
}

function EventLine({ event, ticket }: { event: HistoryEvent; ticket: Ticket }) {
  const desk = useDesk();
  const facts = Object.entries(event.payload).filter(([key]) => key !== "reason" && key !== "reasons");
  return (
    <li data-kind={event.kind}>
      <p class="event-head">
        <strong dir="auto">{happened(desk, event, ticket)}</strong>
        <time dateTime={event.at} title={fullTime(event.at)}>
          {shortTime(event.at, serverClock.now())}
        </time>
      </p>
      <p class="faint">{actorName(desk, event.actor)}</p>
      <Reasons reasons={reasonsOf(event.payload)} />
      {facts.length > 0 && (
        <details>
          <summary>Details</summary>
          <dl>
            {facts.map(([key, value]) => (
              <div key={key}>
                <dt>{key.replaceAll("_", " ")}</dt>
                <dd dir="auto">{typeof value === "string" ? value : JSON.stringify(value)}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </li>
  );
}

function Reasons({ reasons }: { reasons: string[] }) {
  if (!reasons.length) return null;
  return (
    <ul class="reasons">
      {reasons.map((reason) => (
        <li key={reason} dir="auto">
          {reason}
        </li>
      ))}
    </ul>
  );
}

function reasonsOf(payload: Record<string, unknown>): string[] {
  const many = Array.isArray(payload.reasons) ? payload.reasons : [];
  const one = typeof payload.reason === "string" && payload.reason ? [payload.reason] : [];
  return [...one, ...many.map((reason) => (typeof reason === "string" ? reason : JSON.stringify(reason)))];
}

/** An agent acts as agent:3 on the history, and by name on the screen. */
function actorName(desk: Desk, actor: string): string {
  const id = /^agent:(\d+)$/.exec(actor)?.[1];
  return (id && desk.agents.get(Number(id))?.name) || actor;
}
