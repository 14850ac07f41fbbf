// The knowledge base: what there is, what has to be seen to, and one article to read and write.
import { useEffect, useState } from "preact/hooks";
import { useDesk } from "./context";
import { steers } from "./desk";
import { Go } from "./go";
import { KnowledgeArticle } from "./knowledge-article";
import { ImportButton, NewArticle } from "./knowledge-new";
import { type ArticleFault, type ArticleRow, articles } from "./knowledge-wire";

const RENEW_MS = 4_000;
const TYPED_MS = 200;

const STATES = [
  { key: "", title: "All" },
  { key: "draft", title: "Drafts" },
  { key: "stale", title: "Stale" },
  { key: "archived", title: "Archived" },
];

export function Knowledge() {
  const desk = useDesk();
  const asked = new URLSearchParams(desk.route.asked);
  const slug = asked.get("article");
  const { rows, faults, renew } = useArticles(asked.get("q") ?? "", asked.get("state") ?? "", asked.get("language") ?? "");
  if (asked.has("new"))
    return (
      <main class="page knowledge">
        <NewArticle />
      </main>
    );
  return (
    <main class="page knowledge" data-article={slug ? "" : undefined}>
      <section class="knowledge-side" aria-label="Articles">
        <header class="knowledge-head">
          <h1>Knowledge</h1>
          {steers(desk.me) && (
            <>
              <ImportButton done={renew} />
              <Go to={{ page: "knowledge", asked: "new" }} class="button primary" data-testid="article-new">
                New
              </Go>
            </>
          )}
        </header>
        <Filters asked={asked} />
        <Faults faults={faults} />
        <List rows={rows} asked={asked} chosen={slug} />
      </section>
      {slug ? <KnowledgeArticle key={slug} slug={slug} changed={renew} /> : <p class="knowledge-none faint">Choose an article.</p>}
    </main>
  );
}

/** The same place, asked for something else. */
export function askedWith(asked: URLSearchParams, changes: Record<string, string>): string {
  const next = new URLSearchParams(asked);
  for (const [key, value] of Object.entries(changes)) value ? next.set(key, value) : next.delete(key);
  return next.toString();
}

function useArticles(q: string, state: string, language: string) {
  const desk = useDesk();
  const [rows, setRows] = useState<ArticleRow[] | null>(null);
  const [faults, setFaults] = useState<ArticleFault[]>([]);
  const query = new URLSearchParams({ ...(q && { q }), ...(state && { state }), ...(language && { language }) }).toString();
  const renew = () =>
    Promise.all([articles.list(query), articles.faults()]).then(([found, wrong]) => {
      setRows(found.items);
      setFaults(wrong.items);
    });
  useEffect(() => {
    renew().catch((error) => desk.complain(error));
    const timer = setInterval(() => void renew().catch(() => undefined), RENEW_MS);
    return () => clearInterval(timer);
  }, [query]);
  return { rows, faults, renew: () => void renew().catch(() => undefined) };
}

function Filters({ asked }: { asked: URLSearchParams }) {
  const desk = useDesk();
  const [typed, setTyped] = useState(asked.get("q") ?? "");
  useEffect(() => {
    if (typed === (asked.get("q") ?? "")) return;
    const timer = setTimeout(() => desk.go({ page: "knowledge", asked: askedWith(asked, { q: typed }) }), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <div class="knowledge-filters">
      <input
        type="search"
        aria-label="Search articles"
        placeholder="Search"
        data-testid="article-search"
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      <div class="chips" role="group" aria-label="Which articles">
        {STATES.map(({ key, title }) => (
          <Go
            key={key}
            to={{ page: "knowledge", asked: askedWith(asked, { state: key }) }}
            class="chip"
            aria-current={(asked.get("state") ?? "") === key ? "true" : undefined}
          >
            {title}
          </Go>
        ))}
      </div>
    </div>
  );
}

/** Files of the folder that are skipped, and what was changed on both sides. */
function Faults({ faults }: { faults: ArticleFault[] }) {
  if (!faults.length) return null;
  return (
    <details class="knowledge-faults" data-testid="article-faults" open={faults.length < 4}>
      <summary>
        {faults.length} {faults.length === 1 ? "file needs" : "files need"} to be seen to
      </summary>
      <ul class="plain">
        {faults.map(({ path, line, reason, article }) => (
          <li key={path}>
            {article ? (
              <Go to={{ page: "knowledge", asked: `article=${encodeURIComponent(article)}` }}>{path}</Go>
            ) : (
              <strong>
                {path}
                {line ? `, line ${line}` : ""}
              </strong>
            )}
            <p>{reason}</p>
          </li>
        ))}
      </ul>
    </details>
  );
}

function List({ rows, asked, chosen }: { rows: ArticleRow[] | null; asked: URLSearchParams; chosen: string | null }) {
  if (!rows) return null;
  if (!rows.length) return <p class="empty">No article fits.</p>;
  return (
    <ul class="plain knowledge-list">
      {rows.map((row) => (
        <li key={row.slug} data-testid="article-row" data-article={row.slug}>
          <Go
            to={{ page: "knowledge", asked: askedWith(asked, { article: row.slug }) }}
            class="knowledge-row"
            aria-current={row.slug === chosen ? "true" : undefined}
          >
            <strong dir="auto">{row.title}</strong>
            <span class="badges">
              <Badges row={row} />
            </span>
            <small>
              {row.language}
              {row.owner && ` · ${row.owner}`}
              {row.checked && ` · checked ${row.checked}`}
              {row.helped + row.not_helped > 0 && ` · helped ${row.helped} of ${row.helped + row.not_helped}`}
            </small>
          </Go>
        </li>
      ))}
    </ul>
  );
}

export function Badges({ row }: { row: Pick<ArticleRow, "state" | "has_draft" | "stale" | "audience"> }) {
  return (
    <>
      {row.state === "archived" && <span class="badge">Archived</span>}
      {row.has_draft && <span class="badge badge-draft">Draft</span>}
      {row.stale && <span class="badge badge-stale">Stale</span>}
      {row.audience === "agents" && <span class="badge">Agents only</span>}
    </>
  );
}
