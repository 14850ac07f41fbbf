// The rows behind a number of the day: as many as it says.
import { useDesk } from "./context";
import { TITLES, clock, took } from "./day-words";
import { Go } from "./go";
import { usePaged } from "./paged";
import type { DayFigures, Tally } from "./wire";

export function DayRows({ figure, asked, figures }: { figure: string; asked: URLSearchParams; figures: DayFigures }) {
  const desk = useDesk();
  const scope = new URLSearchParams({ figure, from: figures.begin, to: figures.end, limit: "100" });
  for (const key of ["from", "to", "queue", "channel", "agent"]) if (asked.has(key)) scope.set(key, asked.get(key)!);
  const path = `/figures/rows?${scope}`;
  const { rows, more } = usePaged<Tally>(path);
  const day = asked.get("day");
  return (
    <section class="day-rows" data-testid="day-rows" aria-label={TITLES[figure] ?? figure}>
      <h2>
        {TITLES[figure] ?? figure}
        {asked.get("queue") && ` in ${asked.get("queue")}`}
        {asked.get("agent") && ` by ${desk.agents.get(Number(asked.get("agent")))?.name ?? `agent ${asked.get("agent")}`}`}
        {rows && `: ${rows.items.length}${rows.next ? " and more" : ""}`}
      </h2>
      <Go to={{ page: "day", asked: day ? `day=${day}` : "" }} class="button">
        Close
      </Go>
      <table class="stack">
        <tbody>
          {rows?.items.map((row) => (
            <Row key={row.id} row={row} timezone={figures.timezone} />
          ))}
        </tbody>
      </table>
      {more && (
        <button type="button" class="quiet" onClick={more}>
          More
        </button>
      )}
    </section>
  );
}

function Row({ row, timezone }: { row: Tally; timezone: string }) {
  const { agents } = useDesk();
  return (
    <tr data-testid="day-row" data-ticket={row.ticket}>
      <td class="day-at">{clock(Date.parse(row.at), timezone)}</td>
      <th scope="row">
        <Go to={{ ticket: row.ticket }}>
          #{row.ticket} {row.subject}
        </Go>
        <small>
          {row.status}, {row.queue}, {row.channel}
        </small>
      </th>
      <td>{row.agent === null ? "" : (agents.get(row.agent)?.name ?? `agent ${row.agent}`)}</td>
      <td>{row.seconds !== null ? took(row.seconds) : row.rating !== null ? `${row.rating} of 5` : ""}</td>
    </tr>
  );
}
