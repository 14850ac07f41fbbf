// The middle: the tickets of one view, live.
import { useEffect, useRef } from "preact/hooks";
import { since, shortTime } from "../shared/times";
import { type Section, arrange } from "./arrange";
import { Avatar } from "./avatar";
import { serverClock } from "./clock";
import { useDesk } from "./context";
import { DueMark, runningDeadline } from "./deadline";
import { Go } from "./go";
import { ChannelIcon, Icon } from "./icons";
import { loadMore } from "./load";
import { STATUS } from "./status";
import { Unproven } from "./unproven";
import type { Ticket } from "./wire";
import type { View } from "./views";

export function TicketList() {
  const desk = useDesk();
  const view = desk.view();
  if (!view) return <NoView />;
  const sections = arrange(desk, view);
  return (
    <section class="list" aria-label={view.title}>
      <ListHead view={view} count={sections.reduce((sum, { tickets }) => sum + tickets.length, 0)} />
      <div class="rows">
        {sections.map((section) => (
          <Rows key={section.title} section={section} />
        ))}
        {!sections.length && <p class="empty">{emptyWords(desk.filter, desk.fetched.has(view.key), view)}</p>}
        <More view={view} />
      </div>
    </section>
  );
}

function NoView() {
  const { view } = useDesk().route;
  const [kind, name] = view.split("/");
  return (
    <section class="list">
      <div class="empty">
        <p>{kind === "queue" && name ? `There is no queue “${name}”.` : `There is no list “${view}”.`}</p>
        <p>
          <Go to={{ view: "mine" }}>My tickets</Go>
        </p>
      </div>
    </section>
  );
}

function ListHead({ view, count }: { view: View; count: number }) {
  const desk = useDesk();
  return (
    <header class="list-head">
      <h1>{view.title}</h1>
      <span class="list-count">{count || ""}</span>
      <input
        id="filter"
        type="search"
        placeholder="Filter  /"
        aria-label="Filter this list"
        value={desk.filter}
        onInput={(event) => ((desk.filter = event.currentTarget.value), desk.changed())}
      />
    </header>
  );
}

function Rows({ section }: { section: Section }) {
  return (
    <div role="group" aria-label={section.title || "Tickets"}>
      {section.title && (
        <h2 class="rows-title">
          {section.title} <span>{section.tickets.length}</span>
        </h2>
      )}
      {section.tickets.map((ticket) => (
        <Row key={ticket.id} ticket={ticket} />
      ))}
    </div>
  );
}

function Row({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  const here = desk.route.ticket === ticket.id;
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (here) row.current?.scrollIntoView({ block: "nearest" });
  }, [here]);
  return (
    <div ref={row} class="row-frame">
      <Go
        to={{ view: desk.route.view, ticket: ticket.id }}
        class={`row${desk.unread.has(ticket.id) ? " unread" : ""}`}
        aria-current={here ? "true" : undefined}
        data-testid="ticket-row"
        data-ticket={ticket.id}
        data-status={ticket.status}
      >
        <span class="row-who">
          <ChannelIcon kind={ticket.kind} />
          <span class="row-name" dir="auto">
            {ticket.customer.name}
          </span>
          <Unproven ticket={ticket} />
          <Marks ticket={ticket} />
          <RowTime ticket={ticket} />
        </span>
        <span class="row-subject" dir="auto">
          {ticket.subject}
        </span>
        <span class="row-last">
          <span class="row-preview" dir="auto">
            {desk.drafts.any(ticket.id) && <em>Draft · </em>}
            {ticket.preview}
          </span>
          {desk.view()?.mixed && <span class={`status status-${ticket.status}`}>{STATUS[ticket.status]}</span>}
          {ticket.assignee && (
            <span title={ticket.assignee.name}>
              <Avatar name={ticket.assignee.name} />
              <span class="unseen">{ticket.assignee.name}</span>
            </span>
          )}
        </span>
      </Go>
    </div>
  );
}

function Marks({ ticket }: { ticket: Ticket }) {
  const urgent = ticket.priority === "urgent" || ticket.priority === "high";
  return (
    <>
      {urgent && <span class={`mark mark-${ticket.priority}`}>{ticket.priority}</span>}
      {ticket.status === "snoozed" && <Icon name="clock" />}
    </>
  );
}

/** What is promised matters most; then, while somebody waits, how long they have waited matters; otherwise when it last moved. */
function RowTime({ ticket }: { ticket: Ticket }) {
  const now = serverClock.now();
  const promised = runningDeadline(ticket);
  if (promised) return <DueMark promised={promised} />;
  if (ticket.waiting_since && ticket.status === "open") {
    return (
      <time class="row-waiting" dateTime={ticket.waiting_since} title="Waiting for an answer">
        {since(ticket.waiting_since, now)}
      </time>
    );
  }
  return <time dateTime={ticket.updated_at}>{shortTime(ticket.updated_at, now)}</time>;
}

function More({ view }: { view: View }) {
  const desk = useDesk();
  const cursors = desk.fetched.get(view.key);
  if (!cursors || ![...cursors.values()].some((cursor) => cursor !== null)) return null;
  const more = () => loadMore(desk, view).catch((error) => desk.complain(error));
  return (
    <button type="button" class="more" onClick={() => void more()}>
      Show older ones
    </button>
  );
}

function emptyWords(filter: string, fetched: boolean, view: View): string {
  if (!fetched) return "Fetching…";
  return filter ? "Nothing here matches the filter." : view.empty;
}
