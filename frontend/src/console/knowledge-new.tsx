// A new article, written here or made of a file.
import { useState } from "preact/hooks";
import { useDesk } from "./context";
import { Go } from "./go";
import { Fields, blank } from "./knowledge-fields";
import { type ArticleText, type Imported, articles } from "./knowledge-wire";

export function NewArticle() {
  const desk = useDesk();
  const [text, setText] = useState<ArticleText>(blank());
  const [named, setNamed] = useState("");
  const slug = named || slugOf(text.title);
  const save = (draft: boolean) =>
    void articles.begin(slug, text, draft).then(
      () => desk.go({ page: "knowledge", asked: `article=${slug}` }),
      (error) => desk.complain(error),
    );
  return (
    <section class="knowledge-article" aria-label="New article">
      <header>
        <Go to={{ page: "knowledge" }} class="knowledge-back knowledge-back-always">
          All articles
        </Go>
        <div class="knowledge-bar">
          <h2>New article</h2>
          <label class="knowledge-slug">
            <span>/help/</span>
            <input aria-label="Address" value={named} placeholder={slug} onInput={(event) => setNamed(slugOf(event.currentTarget.value))} />
          </label>
          <button type="button" class="button" data-testid="article-save-draft" disabled={!slug} onClick={() => save(true)}>
            Save as draft
          </button>
          <button type="button" class="button primary" data-testid="article-save" disabled={!slug} onClick={() => save(false)}>
            Publish
          </button>
        </div>
      </header>
      <Fields text={text} write={setText} />
    </section>
  );
}

/** PDF, HTML, Markdown or CSV; what comes of it are drafts. */
export function ImportButton({ done }: { done: () => void }) {
  const desk = useDesk();
  const [told, setTold] = useState<Imported | null>(null);
  const bring = async (file: File) => {
    setTold(await articles.bring(file));
    done();
  };
  return (
    <>
      <label class="button" title="A file: PDF, HTML, Markdown or CSV">
        Import
        <input
          type="file"
          class="unseen"
          accept=".pdf,.html,.htm,.md,.csv"
          data-testid="article-import"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) void bring(file).catch((error) => desk.complain(error));
            event.currentTarget.value = "";
          }}
        />
      </label>
      {told && (
        <p class="knowledge-told" role="status" data-testid="article-imported">
          {told.added.length} added, {told.updated.length} updated, {told.unchanged.length} unchanged
          {told.faults.length > 0 && `; skipped: ${told.faults.join("; ")}`}. They are drafts.
        </p>
      )}
    </>
  );
}

function slugOf(text: string): string {
  const plain = text.normalize("NFKD").replace(/[^\x20-\x7e]/g, "");
  return plain
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 60);
}
