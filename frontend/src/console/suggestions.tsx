// What the knowledge base would say, and how sure it is. A passage goes into the composer, where the agent reads and
// changes it; or, on a click or a key of its own, to the customer as it stands, with its source. What is for agents only
// can go into a note and nowhere else.
import { Link } from "../shared/links";
import { sayOf } from "./acts";
import { useDesk } from "./context";
import { COMPOSER_ID } from "./composer";
import type { Desk } from "./desk";
import type { Suggestion, Ticket } from "./wire";

const LIKELY = 0.5; // how sure it must be to stand above the composer
const LIVE = ["new", "open", "answered", "snoozed"];

export function Suggestions({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  const { suggestions } = desk.detail(ticket.id);
  if (!suggestions) return <p class="empty">Fetching…</p>;
  if (!suggestions.length) return <p class="empty">The knowledge base has nothing on this.</p>;
  return (
    <>
      {suggestions.map((suggestion, at) => (
        <Passage key={`${suggestion.article} ${suggestion.text}`} suggestion={suggestion} ticket={ticket} at={at} />
      ))}
    </>
  );
}

/** The best one, above the composer, while nothing is written there. */
export function Suggested({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  const best = desk.detail(ticket.id).suggestions?.[0];
  if (!best || best.score < LIKELY || desk.mode !== "reply" || desk.drafts.of(ticket.id, "reply")) return null;
  return (
    <div class="suggested" data-testid="suggested">
      <p class="suggested-head">
        <strong dir="auto">{best.title}</strong>
        <small>{sure(best)}</small>
      </p>
      <Ways suggestion={best} ticket={ticket} at={0} />
      <p class="suggested-text" dir="auto">
        {best.text}
      </p>
    </div>
  );
}

function Passage({ suggestion, ticket, at }: { suggestion: Suggestion; ticket: Ticket; at: number }) {
  const { title, text, url } = suggestion;
  return (
    <section class="suggestion" data-testid="suggestion">
      <h3 dir="auto">{title}</h3>
      <p class="text" dir="auto">
        {text}
      </p>
      <p class="suggestion-foot">
        <Ways suggestion={suggestion} ticket={ticket} at={at} />
        {url && <Link href={url}>Article</Link>}
        <small>{sure(suggestion)}</small>
      </p>
    </section>
  );
}

function Ways({ suggestion, ticket, at }: { suggestion: Suggestion; ticket: Ticket; at: number }) {
  const desk = useDesk();
  const key = at < 9 && <kbd>{at + 1}</kbd>;
  return (
    <>
      <button type="button" class="quiet" data-testid="insert" onClick={() => insertSuggestion(desk, ticket, at)}>
        {suggestion.audience === "agents" ? "Into a note" : "Insert"} {key}
      </button>
      {maySend(ticket, suggestion) && (
        <button type="button" class="quiet" data-testid="send-suggestion" onClick={() => sendSuggestion(desk, ticket, at)}>
          Send {key && <kbd>⇧ {at + 1}</kbd>}
        </button>
      )}
    </>
  );
}

/** Into the composer; whether there is such a suggestion. */
export function insertSuggestion(desk: Desk, ticket: Ticket, at: number): boolean {
  const suggestion = desk.detail(ticket.id).suggestions?.[at];
  if (!suggestion) return false;
  if (suggestion.audience === "agents") desk.setMode("note");
  desk.drafts.add(ticket.id, desk.mode, suggestion.text);
  desk.sideOpen = false;
  desk.changed();
  document.getElementById(COMPOSER_ID)?.focus();
  return true;
}

/** To the customer as it stands; whether it may go there. */
export function sendSuggestion(desk: Desk, ticket: Ticket, at: number): boolean {
  const suggestion = desk.detail(ticket.id).suggestions?.[at];
  if (!suggestion || !maySend(ticket, suggestion)) return false;
  desk.sideOpen = false;
  void sayOf(desk, ticket.id, suggestion);
  return true;
}

function maySend(ticket: Ticket, suggestion: Suggestion): boolean {
  return suggestion.audience === "public" && LIVE.includes(ticket.status) && !ticket.unreachable;
}

function sure({ score, audience }: Suggestion): string {
  return `${Math.round(score * 100)} % sure${audience === "agents" ? ", for agents only" : ""}`;
}
