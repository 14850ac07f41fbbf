// One article: as readers see it, to be written by those who may, with every version it ever had.
import { useEffect, useState } from "preact/hooks";
import { useDesk } from "./context";
import { steers } from "./desk";
import { Go } from "./go";
import { Badges } from "./knowledge";
import { Fields, Preview, blank } from "./knowledge-fields";
import { Files } from "./knowledge-files";
import { Versions } from "./knowledge-versions";
import { type ArticleText, type WholeArticle, articles } from "./knowledge-wire";

type Tab = "read" | "write" | "versions";

const TABS: { key: Tab; title: string }[] = [
  { key: "read", title: "Read" },
  { key: "write", title: "Write" },
  { key: "versions", title: "Versions" },
];

export function KnowledgeArticle({ slug, changed }: { slug: string; changed: () => void }) {
  const desk = useDesk();
  const [whole, setWhole] = useState<WholeArticle | null>(null);
  const [tab, setTab] = useState<Tab>("read");
  const [text, setText] = useState<ArticleText>(blank());
  const mayWrite = steers(desk.me);
  const show = (found: WholeArticle) => {
    setWhole(found);
    setText(textOf(found));
    changed();
  };
  const read = () => articles.one(slug).then(show);
  const attempt = (work: Promise<unknown>) => void work.catch((error) => desk.complain(error));
  useEffect(() => attempt(read()), [slug]);
  if (!whole) return <section class="knowledge-article" />;
  const said = whole.draft ?? whole.published;
  const save = (draft: boolean) =>
    attempt(articles.save(slug, text, draft, whole.revision).then((found) => (show(found), setTab("read"))));
  const become = (state: "published" | "archived") => attempt(articles.become(slug, state, whole.revision).then(show));
  return (
    <section class="knowledge-article" data-testid="article" data-state={whole.state} aria-label={said?.title ?? slug}>
      <header>
        <Go to={{ page: "knowledge" }} class="knowledge-back">
          All articles
        </Go>
        <h2 dir="auto">
          {said?.title ?? slug}{" "}
          <Badges row={{ state: whole.state, has_draft: !!whole.draft, stale: whole.stale, audience: said?.audience ?? "public" }} />
        </h2>
        <p class="faint">
          {whole.published && said?.audience === "public" && whole.state === "published" && (
            <a href={`/help/${encodeURIComponent(slug)}`} target="_blank" rel="noopener">
              In the help centre
            </a>
          )}
          {whole.path && ` · file ${whole.path}`}
          {whole.source && ` · imported from ${whole.source}`}
          {whole.helped + whole.not_helped > 0 && ` · helped ${whole.helped} of ${whole.helped + whole.not_helped}`}
        </p>
        <div class="knowledge-bar">
          <div class="knowledge-tabs" role="tablist">
            {TABS.filter(({ key }) => key !== "write" || (mayWrite && whole.state !== "archived")).map(({ key, title }) => (
              <button
                key={key}
                type="button"
                role="tab"
                aria-selected={tab === key}
                data-testid={`article-${key}`}
                onClick={() => setTab(key)}
              >
                {title}
              </button>
            ))}
          </div>
          {mayWrite && <Acts whole={whole} tab={tab} save={save} become={become} discard={() => attempt(articles.discard(slug).then(read))} />}
        </div>
      </header>
      {tab === "read" && said && (
        <>
          {whole.draft && <p class="knowledge-told">This is the draft{whole.published ? "; readers see the version before" : ""}.</p>}
          <Preview text={said.text} />
          <Sayings text={said} />
          <Files whole={whole} mayWrite={mayWrite} renew={() => attempt(read())} />
        </>
      )}
      {tab === "write" && <Fields text={text} write={setText} />}
      {tab === "versions" && (
        <Versions slug={slug} revision={whole.revision} use={mayWrite ? (past) => (setText(past), setTab("write")) : null} />
      )}
    </section>
  );
}

interface ActsProps {
  whole: WholeArticle;
  tab: Tab;
  save: (draft: boolean) => void;
  become: (state: "published" | "archived") => void;
  discard: () => void;
}

function Acts({ whole, tab, save, become, discard }: ActsProps) {
  if (whole.state === "archived")
    return (
      <button type="button" class="button" data-testid="article-restore" onClick={() => become("published")}>
        Restore
      </button>
    );
  if (tab === "write")
    return (
      <>
        <button type="button" class="button" data-testid="article-save-draft" onClick={() => save(true)}>
          Save as draft
        </button>
        <button type="button" class="button primary" data-testid="article-save" onClick={() => save(false)}>
          Publish
        </button>
      </>
    );
  return (
    <>
      {whole.draft && (
        <>
          <button type="button" class="button" onClick={discard} data-testid="article-discard">
            Discard draft
          </button>
          <button type="button" class="button primary" data-testid="article-publish" onClick={() => become("published")}>
            Publish draft
          </button>
        </>
      )}
      <button type="button" class="button" data-testid="article-archive" onClick={() => become("archived")}>
        Archive
      </button>
    </>
  );
}

/** What goes with the text. */
function Sayings({ text }: { text: ArticleText }) {
  const variants = Object.entries(text.variants);
  return (
    <dl class="knowledge-more">
      {text.questions.length > 0 && (
        <>
          <dt>Sample questions</dt>
          <dd>
            <ul>
              {text.questions.map((question) => (
                <li key={question} dir="auto">
                  {question}
                </li>
              ))}
            </ul>
          </dd>
        </>
      )}
      {variants.map(([channel, said]) => (
        <>
          <dt key={channel}>On {channel}</dt>
          <dd dir="auto">{said}</dd>
        </>
      ))}
      <dt>Language</dt>
      <dd>{text.language}</dd>
      <dt>Checked</dt>
      <dd>{text.checked ?? "never"}</dd>
      {text.owner && (
        <>
          <dt>Owner</dt>
          <dd>{text.owner}</dd>
        </>
      )}
    </dl>
  );
}

function textOf(whole: WholeArticle): ArticleText {
  const said = whole.draft ?? whole.published;
  if (!said) return blank();
  const { title, text, questions, language, audience, checked, owner, variants } = said;
  return { title, text, questions, language, audience, checked, owner, variants };
}
