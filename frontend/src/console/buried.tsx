// For supervisors: work that was given up and kept. Once its cause is mended, each can be tried again.
import { useState } from "preact/hooks";
import { fullTime } from "../shared/times";
import { dig } from "./acts";
import { useDesk } from "./context";
import { Go } from "./go";
import type { Buried as BuriedRow } from "./wire";

export function Buried() {
  const { buried } = useDesk();
  return (
    <main class="page">
      <h1>Buried</h1>
      <p class="faint">Given up after repeated failures, and kept. Mend the cause, then try again.</p>
      {buried.length ? (
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">Where</th>
              <th scope="col">Why</th>
              <th scope="col">Attempts</th>
              <th scope="col">Since</th>
              <th scope="col">
                <span class="unseen">Try again</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {buried.map((row) => (
              <Row key={`${row.loop} ${row.id}`} row={row} />
            ))}
          </tbody>
        </table>
      ) : (
        <p class="empty">Nothing is buried.</p>
      )}
    </main>
  );
}

function Row({ row }: { row: BuriedRow }) {
  const desk = useDesk();
  const ticket = ticketOf(row);
  const [trying, setTrying] = useState(false);
  const again = () => {
    setTrying(true);
    void dig(desk, row).finally(() => setTrying(false));
  };
  return (
    <tr data-testid="buried-row" data-buried={`${row.loop}/${row.id}`}>
      <th scope="row">
        {row.loop} #{row.id}
        <small>{ticket ? <Go to={{ ticket }}>Ticket {ticket}</Go> : row.stream}</small>
      </th>
      <td class="error-text">
        {row.error}
        {row.loop === "inbox" && (
          <>
            {" "}
            <a href={`/api/v1/buried/inbox/${row.id}/raw`} download data-testid="buried-source">
              Source
            </a>
          </>
        )}
      </td>
      <td data-label="Attempts">{row.attempts}</td>
      <td data-label="Since">{fullTime(row.created_at)}</td>
      <td>
        <button type="button" class="quiet" data-testid="retry" disabled={trying} onClick={again}>
          Try again
        </button>
      </td>
    </tr>
  );
}

/** Some streams are named for the ticket they serve; a conversation's or a provider's are not. */
function ticketOf({ stream }: BuriedRow): number | null {
  const id = /^(?:ticket|snooze|close):(\d+)$/.exec(stream)?.[1];
  return id ? Number(id) : null;
}
