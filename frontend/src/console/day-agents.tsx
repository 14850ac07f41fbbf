// How each agent spent a day, and what they did.
import { took } from "./day-words";
import { FigureOf } from "./figure-of";
import type { Shift } from "./wire";

const DID = [
  { figure: "answered", title: "Answered" },
  { figure: "replied", title: "Replies" },
  { figure: "solved", title: "Solved" },
  { figure: "declined", title: "Declined" },
  { figure: "expired", title: "Missed" },
] as const;

export function DayAgents({ shifts, day }: { shifts: Shift[]; day: string }) {
  if (!shifts.length) return null;
  return (
    <div class="scrolls">
      <table class="figures" data-testid="day-agents">
        <caption>Agents; busy: available with a ticket open in their hands</caption>
        <thead>
          <tr>
            {["Agent", "Available", "Away", "Busy", ...DID.map(({ title }) => title)].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shifts.map((shift) => (
            <tr key={shift.agent} data-testid="day-agent" data-agent={shift.agent}>
              <th scope="row">{shift.name}</th>
              <td>{took(shift.seconds.available ?? 0)}</td>
              <td>
                {took(shift.seconds.away ?? 0)}
                {Object.entries(shift.reason_seconds).map(([reason, seconds]) => (
                  <small key={reason}>{`${reason} ${took(seconds)}`}</small>
                ))}
              </td>
              <td>
                {shift.occupancy === null ? "" : `${Math.round(shift.occupancy * 100)} %`}
                <small>{took(shift.handling_seconds)}</small>
              </td>
              {DID.map(({ figure }) => (
                <td key={figure}>
                  <FigureOf
                    figure={figure}
                    number={shift.figures[figure] ?? 0}
                    day={day}
                    more={`&agent=${shift.agent}`}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
