// What this ticket is and what can be done with it.
import { fullTime } from "../shared/times";
import { assignTo, claim, moveTo, reopen, snooze } from "./acts";
import { useDesk } from "./context";
import { Deadlines } from "./deadline";
import { Go } from "./go";
import { ChannelIcon, Icon } from "./icons";
import { languageName } from "./language";
import { Menu } from "./menu";
import { Merge, MergedLine } from "./merging";
import { SnoozeMenu } from "./snooze";
import { Solve } from "./solve";
import { StatusChip } from "./status";
import { TalkSummary } from "./summary";
import { TagChips, Tags } from "./tags";
import { Unproven } from "./unproven";
import { EscalationLine, Urgency } from "./urgency";
import type { Ticket } from "./wire";

export function TicketHead({ ticket }: { ticket: Ticket }) {
  return (
    <header class="ticket-head">
      <TitleLine ticket={ticket} />
      <p class="facts">
        <StatusChip ticket={ticket} />
        <span class="fact" dir="auto">
          {ticket.customer.name} <Unproven ticket={ticket} />
        </span>
        {ticket.language && (
          <span class="fact" title="What the customer's app or browser is set to" data-testid="language">
            {languageName(ticket.language)}
          </span>
        )}
        <span class="fact">
          <ChannelIcon kind={ticket.kind} /> {ticket.channel}
        </span>
        <span class="fact">
          <Icon name="queue" /> {ticket.queue}
        </span>
        <span class="fact">
          <Icon name="mine" /> {ticket.assignee ? ticket.assignee.name : "Nobody has it"}
        </span>
        {ticket.priority !== "normal" && <span class={`mark mark-${ticket.priority}`}>{ticket.priority}</span>}
        <Deadlines ticket={ticket} />
        <TagChips ticket={ticket} />
        {ticket.rating !== null && (
          <span class="fact" data-testid="rating">
            Rated {ticket.rating} of 5
          </span>
        )}
        <span class="fact faint" title={`Opened ${fullTime(ticket.created_at)}`}>
          #{ticket.id}
        </span>
      </p>
      {ticket.merged_into === null ? <Actions ticket={ticket} /> : <MergedLine ticket={ticket} />}
      {ticket.unreachable && (
        <p class="unreachable" role="status" data-testid="unreachable">
          <strong>A reply would not reach them:</strong> <span dir="auto">{ticket.unreachable}</span>
        </p>
      )}
      <EscalationLine ticket={ticket} />
      {ticket.handoff && (
        <p class="handoff">
          <strong>Passed on by the assistant:</strong> <span dir="auto">{ticket.handoff}</span>
        </p>
      )}
      {ticket.summary && <TalkSummary summary={ticket.summary} />}
    </header>
  );
}

function TitleLine({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  const toggle = () => {
    desk.sideOpen = !desk.sideOpen;
    desk.changed();
  };
  return (
    <div class="title-line">
      <Go to={{ view: desk.route.view }} class="icon-button back" aria-label="Back to the list">
        <Icon name="back" />
      </Go>
      <h1 dir="auto">{ticket.subject}</h1>
      <button
        type="button"
        class="icon-button side-toggle"
        aria-label="Customer, knowledge and history"
        aria-expanded={desk.sideOpen}
        onClick={toggle}
      >
        <Icon name="side" />
      </button>
    </div>
  );
}

function Actions({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  const mine = ticket.assignee?.id === desk.me!.id;
  const done = ticket.status === "solved" || ticket.status === "closed";
  return (
    <div class="actions">
      {!mine && (
        <button type="button" class="primary" data-testid="claim" onClick={() => void claim(desk, ticket)}>
          Claim <kbd>c</kbd>
        </button>
      )}
      {done ? (
        <button type="button" class="strong" data-testid="reopen" onClick={() => void reopen(desk, ticket)}>
          Reopen
        </button>
      ) : (
        <Solve ticket={ticket} />
      )}
      {!done && <SnoozeMenu choose={(until) => void snooze(desk, ticket, until)} />}
      <AssignMenu ticket={ticket} mine={mine} />
      <QueueMenu ticket={ticket} />
      {!done && <Urgency ticket={ticket} />}
      <Merge ticket={ticket} />
      <Tags ticket={ticket} />
    </div>
  );
}

function AssignMenu({ ticket, mine }: { ticket: Ticket; mine: boolean }) {
  const desk = useDesk();
  const others = [...desk.agents.values()].filter(({ id }) => id !== desk.me!.id && id !== ticket.assignee?.id);
  const choices = others.map((agent) => ({
    key: String(agent.id),
    label: agent.name,
    hint: `${agent.presence}, ${agent.load} of ${agent.capacity}`,
    act: () => void assignTo(desk, ticket, agent.id),
  }));
  const release = {
    key: "nobody",
    label: mine ? "Give it back to the queue" : "Nobody",
    act: () => void assignTo(desk, ticket, null),
  };
  return <Menu label="Assign" testid="assign" choices={ticket.assignee ? [release, ...choices] : choices} />;
}

function QueueMenu({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  const others = desk.queues.filter(({ name }) => name !== ticket.queue);
  if (!others.length) return null;
  const choices = others.map((queue) => ({
    key: queue.name,
    label: queue.title,
    ...(queue.open_now ? {} : { hint: "closed now" }),
    act: () => void moveTo(desk, ticket, queue.name),
  }));
  return <Menu label="Move to" testid="move" choices={choices} />;
}
