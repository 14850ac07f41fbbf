// How many agents a day to come takes, by the hour.
import { took, within } from "./day-words";
import type { Outlook } from "./wire";

const QUARTERS = 4;

export function DayToCome({ outlook }: { outlook: Outlook }) {
  const { items, days_known, day_off, handling_seconds, patience_seconds, answer_share, service_level } = outlook;
  if (day_off) return <p class="faint">A day off is like no other: nothing is expected of it.</p>;
  if (!items.length)
    return <p class="faint">Nothing is known of this weekday yet: {days_known} days have been counted.</p>;
  const hours = items.filter((_, n) => n % QUARTERS === 0).map((first, n) => hourOf(first.time, items.slice(4 * n, 4 * n + 4)));
  return (
    <div class="scrolls">
      <table data-testid="day-to-come">
        <caption>
          What it takes for {Math.round(answer_share * 100)} % in time ({within(service_level)}). Learned from {days_known}{" "}
          days: a contact takes an agent {took(handling_seconds)}
          {patience_seconds !== null && `, a customer waits about ${took(patience_seconds)}`}.
        </caption>
        <thead>
          <tr>
            {["Hour", "Expected", "Four of five times", "Agents there", "On the roster"].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {hours
            .filter(({ expected }) => expected >= 0.05)
            .map(({ time, expected, low, high, present, scheduled }) => (
              <tr key={time}>
                <th scope="row">{time}</th>
                <td>{expected.toFixed(1)}</td>
                <td>
                  {Math.floor(low)} to {Math.ceil(high)} a quarter
                </td>
                <td>{present}</td>
                <td>{scheduled}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}

/** Arrivals add up; the agents are those of its busiest quarter. */
function hourOf(time: string, quarters: Outlook["items"]) {
  return {
    time,
    expected: quarters.reduce((sum, { expected }) => sum + expected, 0),
    low: Math.min(...quarters.map(({ low }) => low)),
    high: Math.max(...quarters.map(({ high }) => high)),
    present: Math.max(...quarters.map(({ present }) => present)),
    scheduled: Math.max(...quarters.map(({ scheduled }) => scheduled)),
  };
}
