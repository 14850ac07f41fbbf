// The right: one ticket with its conversation and composer, and beside it what helps to answer.
import { useDesk } from "./context";
import { Composer } from "./composer";
import { Conversation } from "./conversation";
import { Go } from "./go";
import { Side } from "./side";
import { Suggested } from "./suggestions";
import { TicketHead } from "./ticket-head";

export function TicketPane() {
  const desk = useDesk();
  const ticket = desk.ticket();
  if (desk.route.ticket === null) return <NothingOpen />;
  if (!ticket) return <NoTicket id={desk.route.ticket} />;
  return (
    <>
      <main class="ticket" key={ticket.id} aria-label={`Ticket ${ticket.id}`}>
        <TicketHead ticket={ticket} />
        <Conversation ticket={ticket} />
        {ticket.merged_into === null && (
          <>
            <Suggested ticket={ticket} />
            <Composer ticket={ticket} />
          </>
        )}
      </main>
      <Side ticket={ticket} />
    </>
  );
}

function NoTicket({ id }: { id: number }) {
  const desk = useDesk();
  if (!desk.detail(id).missing) return <main class="ticket alone-pane">Fetching ticket {id}…</main>;
  return (
    <main class="ticket alone-pane">
      <h1>There is no ticket {id}</h1>
      <p>
        <Go to={{ view: desk.route.view }}>Back to the list</Go>
      </p>
    </main>
  );
}

function NothingOpen() {
  return (
    <main class="ticket alone-pane">
      <p>
        Choose a ticket, or press <kbd>j</kbd>.
      </p>
    </main>
  );
}
