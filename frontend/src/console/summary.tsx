// What the customer and the assistant have said to each other, in short, for whoever goes on from there.
import { Link } from "../shared/links";
import type { Summary } from "./wire";

export function TalkSummary({ summary }: { summary: Summary }) {
  const { asked, answered, collected, suggestions } = summary;
  const given = Object.entries(collected).map(([name, value]) => `${name} ${value}`);
  return (
    <dl class="talk-summary" data-testid="summary">
      <Line name="Asked" texts={asked} />
      <Line name="Told" texts={answered} />
      <Line name="Given" texts={given} />
      {suggestions.length > 0 && (
        <>
          <dt>Near</dt>
          <dd>
            {suggestions.map(({ article, title, score }) => (
              <span key={article} class="near">
                <Link href={`/help/${encodeURIComponent(article)}`}>{title}</Link> <small>{score.toFixed(2)}</small>
              </span>
            ))}
          </dd>
        </>
      )}
    </dl>
  );
}

function Line({ name, texts }: { name: string; texts: string[] }) {
  if (!texts.length) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd dir="auto">{texts.join(" · ")}</dd>
    </>
  );
}
