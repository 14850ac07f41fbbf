// The right: one ticket with its conversation and composer, and beside it what helps to answer.
import { useDesk } from "./context";
import { Composer } from "./composer";
import { Conversation } from "./conversation";
import { Side } from "./side";
import { TicketHead } from "./ticket-head";

export function TicketPane() {
  const desk = useDesk();
  const ticket = desk.ticket();
  if (desk.route.ticket === null) return <NothingOpen />;
  if (!ticket) return <main class="ticket alone-pane">Fetching ticket {desk.route.ticket}…</main>;
  return (
    <>
      <main class="ticket" key={ticket.id} aria-label={`Ticket ${ticket.id}`}>
        <TicketHead ticket={ticket} />
        <Conversation ticket={ticket} />
        <Composer ticket={ticket} />
      </main>
      <Side ticket={ticket} />
    </>
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
