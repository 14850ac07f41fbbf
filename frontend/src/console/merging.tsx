// Two tickets of one customer become one: choose the other one, see what would move, and only then do it.
import { useState } from "preact/hooks";
import { merge, previewMerge, unmerge } from "./acts";
import { useDesk } from "./context";
import { Go } from "./go";
import { Popup } from "./popup";
import { STATUS } from "./status";
import type { MergePreview, Ticket } from "./wire";

export function Merge({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  const others = [...desk.tickets.values()]
    .filter(({ id, customer, status }) => customer.id === ticket.customer.id && id !== ticket.id && status !== "closed")
    .sort((a, b) => b.id - a.id);
  if (!others.length) return null;
  return (
    <Popup label="Merge" testid="merge">
      {(close) => <Choose ticket={ticket} others={others} done={close} />}
    </Popup>
  );
}

function Choose({ ticket, others, done }: { ticket: Ticket; others: Ticket[]; done: () => void }) {
  const desk = useDesk();
  const [preview, setPreview] = useState<MergePreview | null>(null);
  if (preview) return <Confirm preview={preview} done={done} />;
  return (
    <div class="menu-form">
      <p>Another ticket of {ticket.customer.name} that goes on with this one:</p>
      {others.map((other) => (
        <button
          key={other.id}
          type="button"
          class="quiet merge-other"
          data-testid="merge-other"
          onClick={async () => setPreview(await previewMerge(desk, ticket, other.id))}
        >
          <span dir="auto">
            #{other.id} {other.subject}
          </span>
          <small>
            {STATUS[other.status]}, {other.channel}
          </small>
        </button>
      ))}
    </div>
  );
}

function Confirm({ preview, done }: { preview: MergePreview; done: () => void }) {
  const desk = useDesk();
  const { ticket, into, messages, notes } = preview;
  const submit = (event: Event) => {
    event.preventDefault();
    done();
    void merge(desk, preview);
  };
  return (
    <form class="menu-form" onSubmit={submit} data-testid="merge-preview">
      <p>
        {count(messages, "message")} and {count(notes, "note")} move from #{ticket.id} to #{into.id}:{" "}
        <strong dir="auto">{into.subject}</strong>
      </p>
      <p>
        This ticket is closed with a link to that one, and answers go out on {into.channel}. It can be undone.
      </p>
      <button type="submit" ref={(button) => button?.focus()}>
        Merge into #{into.id}
      </button>
    </form>
  );
}

/** On a merged ticket: where it goes on, and the way back. */
export function MergedLine({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  if (ticket.merged_into === null) return null;
  return (
    <p class="merged" data-testid="merged">
      Merged into <Go to={{ view: desk.route.view, ticket: ticket.merged_into }}>ticket #{ticket.merged_into}</Go>{" "}
      <button type="button" class="quiet" data-testid="unmerge" onClick={() => void unmerge(desk, ticket)}>
        Take it out again
      </button>
    </p>
  );
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
