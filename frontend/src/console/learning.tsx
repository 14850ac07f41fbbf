// For supervisors: what past tickets suggest for the knowledge base. Nothing becomes an article that nobody has approved.
import { useEffect, useState } from "preact/hooks";
import { get, put } from "./api";
import { useDesk } from "./context";
import { Go } from "./go";
import type { Page, Proposal } from "./wire";

const STATES = [
  { key: "proposed", title: "To decide" },
  { key: "approved", title: "Approved" },
  { key: "declined", title: "Declined" },
] as const;
const SHOWN_TICKETS = 12;

export function Learning() {
  const desk = useDesk();
  const state = new URLSearchParams(desk.route.asked).get("state") ?? "proposed";
  const [found, setFound] = useState<Proposal[] | null>(null);
  const renew = () => get<Page<Proposal>>(`/proposals?state=${state}`).then(({ items }) => setFound(items));
  useEffect(() => {
    setFound(null);
    renew().catch((error) => desk.complain(error));
  }, [state]);
  const decide = async (proposal: Proposal, body: object) => {
    try {
      await put<Proposal>(`/proposals/${proposal.id}`, body);
      await renew();
    } catch (error) {
      desk.complain(error);
    }
  };
  return (
    <main class="page learning">
      <h1>Learning</h1>
      <p class="faint">
        What customers asked again and again, and what people answered. <code>contactcenter learn</code> looks for it.
      </p>
      <div class="chips" role="group" aria-label="Which proposals">
        {STATES.map(({ key, title }) => (
          <Go
            key={key}
            to={{ page: "learning", asked: key === "proposed" ? "" : `state=${key}` }}
            class="chip"
            aria-current={state === key ? "true" : undefined}
          >
            {title}
          </Go>
        ))}
      </div>
      {found && !found.length && <p class="empty">Nothing is here.</p>}
      {found?.map((proposal) => (
        <Proposed key={proposal.id} proposal={proposal} decide={(body) => decide(proposal, body)} />
      ))}
    </main>
  );
}

function Proposed({ proposal, decide }: { proposal: Proposal; decide: (body: object) => Promise<void> }) {
  const isArticle = proposal.kind === "article";
  const isOpen = proposal.state === "proposed";
  const [title, setTitle] = useState(proposal.title);
  const [questions, setQuestions] = useState(proposal.questions.join("\n"));
  const [text, setText] = useState(proposal.text);
  const [deciding, setDeciding] = useState(false);
  const act = (body: object) => {
    setDeciding(true);
    void decide(body).finally(() => setDeciding(false));
  };
  const approve = (event: Event) => {
    event.preventDefault();
    const lines = questions.split("\n").filter((line) => line.trim());
    act({ state: "approved", questions: lines, ...(isArticle && { title, text }) });
  };
  return (
    <form class="proposal" data-testid="proposal" data-kind={proposal.kind} onSubmit={approve}>
      <header>
        <h2 dir="auto">{isArticle ? proposal.title : `Another way to ask for “${proposal.article}”`}</h2>
        <p class="faint">
          {proposal.tickets} {proposal.tickets === 1 ? "ticket" : "tickets"}, {proposal.weekly.toFixed(1)} a week
          {isArticle && `; ${proposal.answered_alike} of ${proposal.answered} answers were alike`}
          {isArticle && `; would save at least ${proposal.saved_weekly.toFixed(1)} a week`}
        </p>
      </header>
      <fieldset disabled={!isOpen || deciding}>
        {isArticle && (
          <label>
            Title
            <input value={title} dir="auto" maxLength={200} onInput={(event) => setTitle(event.currentTarget.value)} />
          </label>
        )}
        <label>
          Questions, one a line
          <textarea
            data-testid="proposal-questions"
            rows={Math.min(6, questions.split("\n").length + 1)}
            dir="auto"
            value={questions}
            onInput={(event) => setQuestions(event.currentTarget.value)}
          />
        </label>
        {isArticle && (
          <label>
            Text
            <textarea
              data-testid="proposal-text"
              rows={5}
              dir="auto"
              value={text}
              placeholder="People answered this in different words: write what is right."
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </label>
        )}
      </fieldset>
      <p class="proposal-of">
        From{" "}
        {proposal.of.slice(0, SHOWN_TICKETS).map((ticket) => (
          <Go key={ticket} to={{ ticket }}>
            #{ticket}
          </Go>
        ))}
        {proposal.of.length > SHOWN_TICKETS && <small>and {proposal.of.length - SHOWN_TICKETS} more</small>}
      </p>
      {isOpen && (
        <footer>
          <button type="submit" class="primary" data-testid="approve" disabled={deciding || (isArticle && !text.trim())}>
            {isArticle ? "Publish the article" : "Add to the article"}
          </button>
          <button type="button" class="quiet" data-testid="decline" disabled={deciding} onClick={() => act({ state: "declined" })}>
            Decline for good
          </button>
        </footer>
      )}
    </form>
  );
}
