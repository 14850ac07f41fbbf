// One message as an agent sees it: who said it, whether that is proven, and whether ours arrived.
import { useState } from "preact/hooks";
import { Link } from "../shared/links";
import { size } from "../shared/sizes";
import { clockTime, day, fullTime } from "../shared/times";
import { Avatar } from "./avatar";
import { useDesk } from "./context";
import { Corrections, Editor, mayCorrect } from "./corrections";
import { DeliveryLine } from "./delivery";
import { FoldedText } from "./folded";
import { Original } from "./original";
import type { Message, SentFile, Source, Ticket } from "./wire";

const RASTER = /^image\/(png|jpe?g|gif|webp|avif)$/;

export function MessageEntry({ message, ticket }: { message: Message; ticket: Ticket }) {
  const { author, automatic, delivery, remarks, deleted_at } = message;
  const desk = useDesk();
  const [editing, setEditing] = useState(false);
  const mailed = ticket.kind === "email" && message.direction === "inbound";
  return (
    <article
      class={`entry by-${author.kind}`}
      data-testid="message"
      data-author={author.kind}
      data-message={message.id}
    >
      <Avatar name={author.name || author.kind} />
      <div class="entry-body">
        <p class="entry-head">
          <strong dir="auto">{author.name || author.kind}</strong>
          {author.kind === "assistant" && <span class="tag">Assistant</span>}
          {automatic && (
            <span class="automatic" title={automatic} data-testid="automatic">
              Automatic
            </span>
          )}
          {message.pressed !== null && (
            <span class="tag" title="Pressed below our message, or typed as it stood there" data-testid="pressed">
              Chosen
            </span>
          )}
          {mailed && !message.proof && <Unverified />}
          <time dateTime={message.at} title={fullTime(message.at)}>
            {clockTime(message.at)}
          </time>
          {message.edited_at && <Edited at={message.edited_at} />}
          {!editing && mayCorrect(desk, message, ticket) && (
            <Corrections message={message} edit={() => setEditing(true)} />
          )}
        </p>
        <Remarks remarks={remarks} />
        {message.answers && <Quote answers={message.answers} />}
        {editing && !deleted_at ? (
          <Editor message={message} close={() => setEditing(false)} />
        ) : (
          <div class={`bubble${deleted_at ? " gone" : ""}`} dir="auto">
            {message.text && <FoldedText text={message.text} folds={message.folds} />}
            {!message.text && !message.files.length && <p class="faint">{nothing(message)}</p>}
            {message.files.map((file) => (
              <File key={file.url} file={file} />
            ))}
            {message.source && !deleted_at && <SourceOf source={message.source} />}
          </div>
        )}
        {!deleted_at && <Offered message={message} />}
        {mailed && <Original message={message} />}
        {delivery && <DeliveryLine message={message} ticket={ticket} delivery={delivery} />}
      </div>
    </article>
  );
}

function Edited({ at }: { at: string }) {
  return (
    <span class="edited" title={`Last changed ${fullTime(at)}; what it said before is on the history`} data-testid="edited">
      edited
    </span>
  );
}

function nothing({ deleted_at, direction }: Message): string {
  if (!deleted_at) return "(empty message)";
  return `${direction === "inbound" ? "Deleted by the customer" : "Taken away"} at ${clockTime(deleted_at)}`;
}

function Quote({ answers }: { answers: NonNullable<Message["answers"]> }) {
  return (
    <p class="quote" data-testid="quote">
      <span class="unseen">Answers </span>
      <strong dir="auto">{answers.author.name || answers.author.kind}</strong>{" "}
      <span dir="auto">{answers.text || "(deleted)"}</span>
    </p>
  );
}

/** What the customer can answer with one press, and what they did. */
function Offered({ message: { choices, chosen } }: { message: Message }) {
  if (!choices.length) return null;
  return (
    <ul class="offered" aria-label="Offered as answers">
      {choices.map((words, i) => (
        <li key={words} dir="auto" class={i === chosen ? "offered-chosen" : ""}>
          {words}
          {i === chosen && <span class="unseen"> (chosen)</span>}
        </li>
      ))}
    </ul>
  );
}

/** What was found out about the message and is not in its text; it may be a warning. */
function Remarks({ remarks }: { remarks: string[] }) {
  if (!remarks.length) return null;
  return (
    <ul class="remarks" aria-label="About this message">
      {remarks.map((remark) => (
        <li key={remark} data-testid="remark" dir="auto">
          {remark}
        </li>
      ))}
    </ul>
  );
}

/** Nobody vouches for the sender of a mail but proof: without it, it may be from anybody. */
function Unverified() {
  return (
    <span
      class="unverified"
      title="Nothing proves that this message comes from the address it names. Give away nothing personal."
    >
      Not verified
    </span>
  );
}

function File({ file }: { file: SentFile }) {
  if (file.state !== "stored") return <Elsewhere file={file} />;
  return (
    <a class="file" href={file.url} target="_blank" rel="noopener">
      {RASTER.test(file.type) && <img src={file.url} alt="" loading="lazy" />}
      {file.name} <small>{size(file.size)}</small>
    </a>
  );
}

/** It lies with the provider, and is on its way or cannot be had. */
function Elsewhere({ file }: { file: SentFile }) {
  return (
    <p class="file" data-testid="file-elsewhere">
      {file.name} <small>{file.size > 0 && size(file.size)}</small>
      <span class={file.trouble ? "file-failed" : "faint"} role="status">
        {file.trouble ? `Could not be fetched: ${file.trouble}` : "Being fetched…"}
      </span>
    </p>
  );
}

function SourceOf({ source }: { source: Source }) {
  return (
    <details class="source">
      <summary>
        From {source.title}
        {source.checked && `, checked ${day(source.checked)}`}
      </summary>
      <blockquote>{source.passage}</blockquote>
      <p>
        {source.url && <Link href={source.url}>Open the article</Link>} <small>Score {source.score.toFixed(2)}</small>
      </p>
    </details>
  );
}
