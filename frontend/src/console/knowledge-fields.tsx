// Writing an article: its fields, and beside the text what readers will see of it.
import { useEffect, useState } from "preact/hooks";
import { articles, type ArticleText } from "./knowledge-wire";

const TYPED_MS = 250;

export function blank(): ArticleText {
  return {
    title: "",
    text: "",
    questions: [],
    language: "en",
    audience: "public",
    checked: today(),
    owner: "",
    variants: {},
  };
}

interface Props {
  text: ArticleText;
  write: (text: ArticleText) => void;
}

export function Fields({ text, write }: Props) {
  const set = (changes: Partial<ArticleText>) => write({ ...text, ...changes });
  return (
    <form class="knowledge-form" onSubmit={(event) => event.preventDefault()}>
      <label class="wide">
        Title
        <input dir="auto" data-testid="article-title" value={text.title} onInput={(event) => set({ title: event.currentTarget.value })} />
      </label>
      <label class="knowledge-text">
        Text (Markdown); its first paragraph answers
        <textarea dir="auto" rows={16} data-testid="article-text" value={text.text} onInput={(event) => set({ text: event.currentTarget.value })} />
      </label>
      <div class="knowledge-text">
        <span class="faint">As readers see it</span>
        <Preview text={text.text} />
      </div>
      <Lines
        label="Sample questions, one a line"
        testid="article-questions"
        lines={text.questions}
        write={(questions) => set({ questions })}
      />
      <Lines
        label="Said instead on a channel, one a line, as telegram: Short text."
        testid="article-variants"
        lines={Object.entries(text.variants).map(([channel, said]) => `${channel}: ${said.replace(/\n/g, " ")}`)}
        write={(lines) => set({ variants: variantsOf(lines) })}
      />
      <div class="knowledge-small wide">
        <label>
          Language
          <input value={text.language} size={6} onInput={(event) => set({ language: event.currentTarget.value.trim() })} />
        </label>
        <label>
          Read by
          <select
            value={text.audience}
            onChange={(event) => set({ audience: event.currentTarget.value as ArticleText["audience"] })}
          >
            <option value="public">everybody</option>
            <option value="agents">agents only</option>
          </select>
        </label>
        <label>
          Owner
          <input value={text.owner} onInput={(event) => set({ owner: event.currentTarget.value })} />
        </label>
        <label>
          Checked on
          <input type="date" value={text.checked ?? ""} onInput={(event) => set({ checked: event.currentTarget.value || null })} />
        </label>
        <button type="button" class="button" data-testid="article-checked" onClick={() => set({ checked: today() })}>
          Checked today
        </button>
      </div>
    </form>
  );
}

/** Rendered by the server, as the help centre does: the HTML holds none of the author's own. */
export function Preview({ text }: { text: string }) {
  const [html, setHtml] = useState("");
  useEffect(() => {
    let gone = false;
    const show = () => void articles.preview(text).then((found) => gone || setHtml(found.html), () => undefined);
    const timer = setTimeout(show, html ? TYPED_MS : 0);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [text]);
  return <div class="prose" dir="auto" data-testid="article-preview" dangerouslySetInnerHTML={{ __html: html }} />;
}

/** A list written as lines: what is typed stays as it is until it is left. */
function Lines({ label, testid, lines, write }: { label: string; testid: string; lines: string[]; write: (lines: string[]) => void }) {
  const [typed, setTyped] = useState(lines.join("\n"));
  const told = (text: string) =>
    text
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
  useEffect(() => {
    if (told(typed).join("\n") !== lines.join("\n")) setTyped(lines.join("\n"));
  }, [lines.join("\n")]);
  return (
    <label class="knowledge-lines">
      {label}
      <textarea
        dir="auto"
        rows={4}
        data-testid={testid}
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          write(told(event.currentTarget.value));
        }}
      />
    </label>
  );
}

function variantsOf(lines: string[]): Record<string, string> {
  const pairs = lines.map((line) => [line.slice(0, line.indexOf(":")).trim(), line.slice(line.indexOf(":") + 1).trim()]);
  return Object.fromEntries(pairs.filter(([channel]) => channel));
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
