// Every version of an article, and what each changed.
import { useEffect, useState } from "preact/hooks";
import { fullTime, shortTime } from "../shared/times";
import { serverClock } from "./clock";
import { useDesk } from "./context";
import { type ArticleText, type ArticleVersion, type DiffLine, articles } from "./knowledge-wire";

interface Props {
  slug: string;
  revision: number;
  use: ((text: ArticleText) => void) | null;
}

const SIGNS = { same: " ", added: "+", removed: "−", gap: "…" };

export function Versions({ slug, revision, use }: Props) {
  const desk = useDesk();
  const [versions, setVersions] = useState<ArticleVersion[]>([]);
  const [chosen, setChosen] = useState<number | null>(null);
  const [lines, setLines] = useState<DiffLine[] | null>(null);
  useEffect(() => {
    articles.versions(slug).then(
      ({ items }) => {
        setVersions(items);
        setChosen(items[0]?.number ?? null);
      },
      (error) => desk.complain(error),
    );
  }, [slug, revision]);
  useEffect(() => {
    if (chosen === null) return;
    setLines(null);
    articles.diff(slug, Math.max(1, chosen - 1), chosen).then(({ items }) => setLines(items), (error) => desk.complain(error));
  }, [slug, chosen]);
  const version = versions.find(({ number }) => number === chosen);
  return (
    <div class="versions">
      <ol class="plain" reversed>
        {versions.map((one) => (
          <li key={one.number}>
            <button
              type="button"
              data-testid="article-version"
              data-number={one.number}
              aria-pressed={one.number === chosen}
              onClick={() => setChosen(one.number)}
            >
              <strong>{one.number}</strong> {one.by}
              {one.state !== "past" && <span class={`badge badge-${one.state}`}>{one.state}</span>}
              <small title={fullTime(one.at)}>
                {shortTime(one.at, serverClock.now())}, {one.origin}
              </small>
            </button>
          </li>
        ))}
      </ol>
      {version && (
        <div>
          <header class="knowledge-bar">
            <h3>{version.number === 1 ? "The first version" : `What version ${version.number} changed`}</h3>
            {use && (
              <button type="button" class="button" data-testid="article-use" onClick={() => use(plainText(version))}>
                Write on from this one
              </button>
            )}
          </header>
          {version.number === 1 ? (
            <pre class="diff">{version.text}</pre>
          ) : (
            lines && <Diff lines={lines} />
          )}
        </div>
      )}
    </div>
  );
}

function Diff({ lines }: { lines: DiffLine[] }) {
  if (!lines.length) return <p class="faint">Nothing but who wrote it.</p>;
  return (
    <pre class="diff" data-testid="article-diff">
      {lines.map(({ kind, text }, i) => (
        <span key={i} class={`diff-${kind}`}>
          {SIGNS[kind]} {kind === "gap" ? `${text} lines that are the same` : text}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}

function plainText({ title, text, questions, language, audience, checked, owner, variants }: ArticleVersion): ArticleText {
  return { title, text, questions, language, audience, checked, owner, variants };
}
