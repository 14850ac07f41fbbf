// For supervisors: the desk at this moment, and a day by quarters of an hour. Every count opens its rows.
import { useEffect, useState } from "preact/hooks";
import { get } from "./api";
import { useDesk } from "./context";
import { DayAgents } from "./day-agents";
import { DayAnswerRows, DayAnswers } from "./day-answers";
import { DayChart } from "./day-chart";
import { DayFiguresTable } from "./day-figures";
import { DayRows } from "./day-rows";
import { DayToCome } from "./day-to-come";
import { percent, within } from "./day-words";
import { FigureOf } from "./figure-of";
import { Go } from "./go";
import { Wall } from "./wall";
import type { AnswersTold, DayFigures, Outlook, Page, Shift, Wallboard } from "./wire";

const RENEW_WALL_MS = 1_500;
const RENEW_DAY_MS = 5_000;
const RENEW_AGENTS_MS = 15_000;
const RENEW_OUTLOOK_MS = 600_000;

export function Day() {
  const desk = useDesk();
  const asked = new URLSearchParams(desk.route.asked);
  const day = asked.get("day") ?? "";
  const wall = usePolled<Wallboard>("/wallboard", RENEW_WALL_MS);
  const figures = usePolled<DayFigures>(`/figures${day && `?from=${day}`}`, RENEW_DAY_MS);
  const shifts = usePolled<Page<Shift>>(`/figures/agents${day && `?from=${day}`}`, RENEW_AGENTS_MS);
  const answers = usePolled<AnswersTold>(`/figures/answers${day && `?from=${day}`}`, RENEW_AGENTS_MS);
  const coming = figures && wall && Date.parse(wall.at) < Date.parse(figures.end);
  const date = coming ? localDay(figures.begin, figures.timezone) : "";
  const outlook = usePolled<Outlook>(coming ? `/forecast?day=${date}` : null, RENEW_OUTLOOK_MS);
  if (!figures || !wall) return <main class="page" />;
  const { begin, end, timezone } = figures;
  const now = Date.parse(begin) <= Date.parse(wall.at) && Date.parse(wall.at) < Date.parse(end);
  const figure = asked.get("figure");
  return (
    <main class="page day">
      <header class="day-head">
        <h1>{now ? "Today" : dayName(figures)}</h1>
        <input
          type="date"
          aria-label="Day"
          value={localDay(begin, timezone)}
          onChange={(event) => desk.go({ page: "day", asked: `day=${event.currentTarget.value}` })}
        />
        <Go to={{ page: "day", asked: now ? `day=${localDay(end, timezone)}` : "" }} class="button" data-testid="other-day">
          {now ? "Tomorrow" : "Today"}
        </Go>
        <a class="button" href={`/api/v1/figures.csv?from=${encodeURIComponent(begin)}`} download data-testid="csv">
          Table (CSV)
        </a>
      </header>
      {now && <Wall wall={wall} />}
      {figure && <DayRows figure={figure} asked={asked} figures={figures} />}
      {asked.has("outcome") && answers && <DayAnswerRows asked={asked} told={answers} />}
      <DayChart figures={figures} day={day} outlook={outlook} />
      {outlook && Date.parse(begin) > Date.parse(wall.at) && <DayToCome outlook={outlook} />}
      <QueuesOfDay figures={figures} day={day} />
      <DayAgents shifts={shifts?.items ?? []} day={day} />
      <DayAnswers told={answers} day={day} />
      <DayFiguresTable figures={figures} day={day} />
    </main>
  );
}

function QueuesOfDay({ figures, day }: { figures: DayFigures; day: string }) {
  const { queues } = useDesk();
  if (!figures.queues.length) return null;
  return (
    <div class="scrolls">
      <table class="figures">
        <caption>Queues; service level: {within(figures.service_level)}</caption>
        <thead>
          <tr>
            {["Queue", "Came", "Answered", "In time", "Service level", "Left"].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {figures.queues.map(({ queue, figures: counted, service_level }) => (
            <tr key={queue} data-testid="day-queue" data-queue={queue}>
              <th scope="row">{queues.find(({ name }) => name === queue)?.title ?? queue}</th>
              {["offered", "answered", "answered_in_time"].map((figure) => (
                <td key={figure}>
                  <FigureOf figure={figure} number={counted[figure]!} day={day} more={`&queue=${queue}`} />
                </td>
              ))}
              <td>{percent(service_level)}</td>
              <td>
                <FigureOf figure="abandoned" number={counted.abandoned!} day={day} more={`&queue=${queue}`} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What an address answers, asked again and again while it is looked at; the last answer stays where one fails. */
function usePolled<T>(path: string | null, every: number): T | null {
  const desk = useDesk();
  const [found, setFound] = useState<{ path: string; answer: T } | null>(null);
  useEffect(() => {
    if (!path) return;
    let gone = false;
    const keep = (answer: T) => void (gone || setFound({ path, answer }));
    const renew = () => void get<T>(path).then(keep, () => undefined);
    get<T>(path).then(keep, (error) => desk.complain(error));
    const timer = setInterval(renew, every);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [path]);
  return found && found.path === path ? found.answer : null;
}

function dayName({ begin, timezone }: DayFigures): string {
  const format = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", timeZone: timezone });
  return format.format(new Date(begin));
}

/** 2026-11-20, as the desk's own calendar has it. */
function localDay(iso: string, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(new Date(iso));
}
