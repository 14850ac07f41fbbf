// All figures of a day: how many, what they say of a hundred and how sure that is, and how long things took.
import { TITLES, percent, surely, took, within } from "./day-words";
import { FigureOf } from "./figure-of";
import type { DayFigures } from "./wire";

const SHARES: Record<string, string> = {
  service_level: "Service level",
  first_promise: "Promises kept: first answer",
  next_promise: "Promises kept: next answer",
  resolution_promise: "Promises kept: solution",
  abandoned: "Left while waiting, of those who came",
  contained: "Settled by the assistant, of what it began",
  settled: "Settled within 7 days, of solved",
  expired: "Offers run out",
  declined: "Offers declined",
  satisfied: "Satisfied, of those who rated",
};
const TIMES: Record<string, string> = {
  answered: "Until answered",
  first_response: "Until the first response",
  next_response: "Until the next response",
  abandoned: "Until they left",
};

export function DayFiguresTable({ figures, day }: { figures: DayFigures; day: string }) {
  return (
    <div class="day-all">
      <table>
        <caption>What happened</caption>
        <tbody>
          {Object.entries(figures.figures).map(([figure, number]) => (
            <tr key={figure}>
              <th scope="row">{TITLES[figure] ?? figure}</th>
              <td>
                <FigureOf figure={figure} number={number} day={day} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <table>
        <caption>What it says</caption>
        <tbody>
          {Object.entries(figures.shares).map(([name, share]) => (
            <tr key={name}>
              <th scope="row">
                {SHARES[name] ?? name}
                {name === "service_level" && <small>{within(figures.service_level)}</small>}
              </th>
              <td>
                {percent(share)}
                {share && <small>{surely(share)}</small>}
              </td>
            </tr>
          ))}
          {Object.entries(figures.times).map(([name, { mean, median, p90 }]) => (
            <tr key={name}>
              <th scope="row">{TIMES[name] ?? name}</th>
              <td>
                {median === null ? "none" : `half within ${took(median)}, nine of ten within ${took(p90!)}`}
                {mean && <small>{`mean ${took(mean.value)}, of ${mean.cases}`}</small>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
