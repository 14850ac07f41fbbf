// The files of an article.
import { size } from "../shared/sizes";
import { useDesk } from "./context";
import { type WholeArticle, articles } from "./knowledge-wire";

export function Files({ whole, mayWrite, renew }: { whole: WholeArticle; mayWrite: boolean; renew: () => void }) {
  const desk = useDesk();
  const attempt = (work: Promise<unknown>) => void work.then(renew, (error) => desk.complain(error));
  if (!whole.files.length && !mayWrite) return null;
  return (
    <section class="knowledge-attached" aria-label="Files">
      <h3>Files</h3>
      <ul class="plain">
        {whole.files.map((file) => (
          <li key={file.id} data-testid="article-file">
            <a href={file.url} download>
              {file.name}
            </a>{" "}
            <small>{size(file.size)}</small>
            {mayWrite && (
              <button type="button" class="quiet" onClick={() => attempt(articles.detach(whole.slug, file.id))}>
                Remove
              </button>
            )}
          </li>
        ))}
      </ul>
      {mayWrite && (
        <label class="button">
          Attach a file
          <input
            type="file"
            class="unseen"
            data-testid="article-attach"
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              if (file) attempt(articles.attach(whole.slug, file));
            }}
          />
        </label>
      )}
    </section>
  );
}
