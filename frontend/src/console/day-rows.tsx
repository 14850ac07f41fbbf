// The rows behind a number of the day: as many as it says.
import { useEffect, useState } from "preact/hooks";
import { get } from "./api";
import { useDesk } from "./context";
import { TITLES, clock, took } from "./day-words";
import { Go } from "./go";
import type { DayFigures, Page, Tally } from "./wire";

export function DayRows({ figure, asked, figures }: { figure: string; asked: URLSearchParams; figures: DayFigures }) {
  const desk = useDesk();
  const [rows, setRows] = useState<Page<Tally> | null>(null);
  const scope = new URLSearchParams({ figure, from: figures.begin, to: figures.end, limit: "100" });
  for (const key of ["from", "to", "queue", "channel", "agent"]) if (asked.has(key)) scope.set(key, asked.get(key)!);
  const path = `/figures/rows?${scope}`;
  useEffect(() => {
    setRows(null);
    get<Page<Tally>>(path).then(setRows, (error) => desk.complain(error));
  }, [path]);
  const more = async () => {
    const page = await get<Page<Tally>>(`${path}&after=${rows!.next}`);
    setRows({ items: [...rows!.items, ...page.items], next: page.next });
  };
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
      {rows?.next && (
        <button type="button" class="quiet" onClick={() => void more().catch((error) => desk.complain(error))}>
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
