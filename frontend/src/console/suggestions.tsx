// What the knowledge base would say. Nothing is sent from here: a passage goes into the composer, and the agent reads
// and changes it there.
import { Link } from "../shared/links";
import { useDesk } from "./context";
import { COMPOSER_ID } from "./composer";
import type { Suggestion, Ticket } from "./wire";

export function Suggestions({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  const { suggestions } = desk.detail(ticket.id);
  if (!suggestions) return <p class="empty">Fetching…</p>;
  if (!suggestions.length) return <p class="empty">The knowledge base has nothing on this.</p>;
  const insert = (text: string) => {
    desk.drafts.add(ticket.id, desk.mode, text);
    desk.sideOpen = false;
    desk.changed();
    document.getElementById(COMPOSER_ID)?.focus();
  };
  return (
    <>
      {suggestions.map((suggestion) => (
        <Passage key={`${suggestion.article} ${suggestion.text}`} suggestion={suggestion} insert={insert} />
      ))}
    </>
  );
}

function Passage({ suggestion, insert }: { suggestion: Suggestion; insert: (text: string) => void }) {
  const { title, text, url, score } = suggestion;
  return (
    <section class="suggestion" data-testid="suggestion">
      <h3 dir="auto">{title}</h3>
      <p class="text" dir="auto">
        {text}
      </p>
      <p class="suggestion-foot">
        <button type="button" class="quiet" data-testid="insert" onClick={() => insert(text)}>
          Insert
        </button>
        {url && <Link href={url}>Article</Link>}
        <small>Score {score.toFixed(2)}</small>
      </p>
    </section>
  );
}
