// What the assistant answered on a day, by article, and what became of it. Every count opens its tickets.
import { clock, percent } from "./day-words";
import { Go } from "./go";
import { usePaged } from "./paged";
import type { AnswerOutcome, AnswersOf, AnswersTold, GivenAnswer } from "./wire";

const OUTCOMES: readonly { outcome: AnswerOutcome; title: string }[] = [
  { outcome: "given", title: "Tickets" },
  { outcome: "handed", title: "Passed on" },
  { outcome: "settled", title: "Settled" },
  { outcome: "came_back", title: "Came back" },
  { outcome: "open", title: "Open" },
];

export function DayAnswers({ told, day }: { told: AnswersTold | null; day: string }) {
  if (!told?.answers) return null;
  const { opened, automation, tickets, shares } = told;
  return (
    <div class="scrolls">
      <table class="figures" data-testid="day-answers">
        <caption>
          The assistant answered in {tickets.given} of {opened} tickets; settled, and nobody came back within three days:{" "}
          {percent(automation)} of all
        </caption>
        <thead>
          <tr>
            {["Article", ...OUTCOMES.map(({ title }) => title), "Done"].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {told.items.map((item) => (
            <OfArticle key={`${item.article} ${item.channel}`} item={item} day={day} />
          ))}
          <tr class="sum">
            <th scope="row">All, each ticket once</th>
            {OUTCOMES.map(({ outcome }) => (
              <td key={outcome}>
                <Count number={tickets[outcome]} asked={asking(day, { outcome })} />
              </td>
            ))}
            <td>{percent(shares.done)}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}

function OfArticle({ item, day }: { item: AnswersOf; day: string }) {
  const { article, title, channel, tickets, shares } = item;
  return (
    <tr data-testid="day-article" data-article={article}>
      <th scope="row">
        <span dir="auto">{title ?? article}</span> <small>{channel}</small>
      </th>
      {OUTCOMES.map(({ outcome }) => (
        <td key={outcome}>
          <Count number={tickets[outcome]} asked={asking(day, { outcome, article, channel })} />
        </td>
      ))}
      <td>{percent(shares.done)}</td>
    </tr>
  );
}

function Count({ number, asked }: { number: number; asked: string }) {
  return (
    <Go to={{ page: "day", asked }} class={`figure${number ? "" : " figure-none"}`}>
      {number}
    </Go>
  );
}

function asking(day: string, scope: Record<string, string>): string {
  return String(new URLSearchParams(day ? { day, ...scope } : scope));
}

export function DayAnswerRows({ asked, told }: { asked: URLSearchParams; told: AnswersTold }) {
  const scope = new URLSearchParams({ from: told.begin, to: told.end, limit: "100" });
  for (const key of ["outcome", "article", "channel"]) if (asked.has(key)) scope.set(key, asked.get(key)!);
  const path = `/figures/answers/rows?${scope}`;
  const { rows, more } = usePaged<GivenAnswer>(path);
  const title = OUTCOMES.find(({ outcome }) => outcome === asked.get("outcome"))?.title ?? "Tickets";
  const day = asked.get("day");
  return (
    <section class="day-rows" data-testid="answer-rows" aria-label="Answers of the assistant">
      <h2>
        Answered by the assistant: {title.toLowerCase()}
        {asked.get("article") && ` from ${asked.get("article")}`}
      </h2>
      <Go to={{ page: "day", asked: day ? `day=${day}` : "" }} class="button">
        Close
      </Go>
      <table class="stack">
        <tbody>
          {rows?.items.map((row) => (
            <tr key={row.id} data-testid="answer-row" data-ticket={row.ticket}>
              <td class="day-at">{clock(Date.parse(row.at), told.timezone)}</td>
              <th scope="row">
                <Go to={{ ticket: row.ticket }}>
                  #{row.ticket} {row.subject}
                </Go>
                <small>
                  {row.status}, {row.queue}, {row.channel}
                </small>
              </th>
              <td>{row.article}</td>
              <td title="How sure the assistant was">{Math.round(row.score * 100)} %</td>
            </tr>
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
