// Who the customer is, with what is proven kept apart from what was only typed.
import { day, shortTime } from "../shared/times";
import { liftSuppression } from "./acts";
import { Avatar } from "./avatar";
import { serverClock } from "./clock";
import { useDesk } from "./context";
import { GiveAway } from "./give-away";
import { Go } from "./go";
import { kindWord } from "./kinds";
import type { Customer, Ticket } from "./wire";

export function CustomerCard({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  const customer = desk.customers.get(ticket.customer.id);
  if (!customer) return <p class="empty">Fetching…</p>;
  return (
    <>
      <div class="customer-name">
        <Avatar name={customer.name} />
        <div>
          <h2 dir="auto">{customer.name}</h2>
          <small>Known since {day(customer.created_at)}</small>
        </div>
      </div>
      <Identities customer={customer} />
      <Claims customer={customer} />
      <OtherTickets ticket={ticket} />
      <GiveAway ticket={ticket} />
    </>
  );
}

function Identities({ customer }: { customer: Customer }) {
  const desk = useDesk();
  return (
    <section>
      <h3>Reached at</h3>
      <ul class="plain">
        {customer.identities.map(({ kind, address, proven_at, method, suppressed, unreachable }) => (
          <li key={`${kind} ${address}`} class="identity">
            <span class="identity-address">{kind === "webchat" ? "this browser's chat" : address}</span>
            <small>{kindWord(kind)}</small>
            {proven_at ? (
              <span class="proven" title={`${method ?? "proven"}, ${day(proven_at)}`}>
                Proven{method ? ` by ${method}` : ""} on {day(proven_at)}
              </span>
            ) : (
              <span class="unverified">Not proven</span>
            )}
            {unreachable && <span class="suppressed">Nothing of ours reaches them: {unreachable}</span>}
            {suppressed && (
              <span class="suppressed">
                Nothing automatic goes there: {suppressed}{" "}
                <button type="button" class="quiet" onClick={() => void liftSuppression(desk, customer.id)}>
                  It works again
                </button>
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Claims({ customer }: { customer: Customer }) {
  if (!customer.claims.length) return null;
  return (
    <section>
      <h3>Says of themselves</h3>
      <ul class="plain">
        {customer.claims.map(({ kind, value, at }) => (
          <li key={`${kind} ${value}`} class="identity">
            <span class="identity-address" dir="auto">
              {value}
            </span>
            <small>
              {kind}, {day(at)}
            </small>
            <span class="unverified">Claimed</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function OtherTickets({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  const others = [...desk.tickets.values()]
    .filter(({ id, customer }) => customer.id === ticket.customer.id && id !== ticket.id)
    .sort((a, b) => b.updated_at.localeCompare(a.updated_at));
  if (!others.length) return null;
  return (
    <section>
      <h3>Other tickets</h3>
      <ul class="plain">
        {others.map((other) => (
          <li key={other.id}>
            <Go to={{ view: desk.route.view, ticket: other.id }} class="other-ticket">
              <span dir="auto">{other.subject}</span>
              <small>
                {other.status}, {shortTime(other.updated_at, serverClock.now())}
              </small>
            </Go>
          </li>
        ))}
      </ul>
    </section>
  );
}
