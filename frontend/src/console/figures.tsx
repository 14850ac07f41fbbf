// For supervisors: what is in each queue. Every number opens the rows it counts.
import { since } from "../shared/times";
import { serverClock } from "./clock";
import { useDesk } from "./context";
import { Go } from "./go";
import type { Figures as QueueFigures } from "./wire";

const COUNTED = [
  { key: "waiting", title: "Waiting" },
  { key: "new", title: "With the assistant" },
  { key: "open", title: "Open" },
  { key: "answered", title: "Answered" },
  { key: "snoozed", title: "Snoozed" },
] as const;

export function Figures() {
  const desk = useDesk();
  return (
    <main class="page">
      <h1>Queue figures</h1>
      <p class="faint">Each number opens its tickets.</p>
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">Queue</th>
            {COUNTED.map(({ key, title }) => (
              <th key={key} scope="col">
                {title}
              </th>
            ))}
            <th scope="col">Longest wait</th>
            <th scope="col">Agents available</th>
          </tr>
        </thead>
        <tbody>
          {desk.figures.map((figures) => (
            <FigureRow key={figures.queue} figures={figures} />
          ))}
        </tbody>
      </table>
    </main>
  );
}

function FigureRow({ figures }: { figures: QueueFigures }) {
  const queue = useDesk().queues.find(({ name }) => name === figures.queue);
  const oldest = figures.oldest_waiting_since;
  return (
    <tr data-testid="figures-row" data-queue={figures.queue}>
      <th scope="row">
        <Go to={{ view: `queue/${figures.queue}` }}>{queue?.title ?? figures.queue}</Go>
        {queue && <small>{queue.open_now ? "open now" : "closed now"}</small>}
      </th>
      {COUNTED.map(({ key }) => (
        <td key={key}>
          <Go
            to={{ view: `queue/${figures.queue}/${key}` }}
            class={`figure${figures[key] ? "" : " figure-none"}${key === "waiting" ? " figure-waiting" : ""}`}
            data-figure={key}
          >
            {figures[key]}
          </Go>
        </td>
      ))}
      <td>{oldest ? since(oldest, serverClock.now()) : "none"}</td>
      <td>{figures.agents_available}</td>
    </tr>
  );
}
