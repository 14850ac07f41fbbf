// One message: who, what, where the assistant has it from, and, while it is still ours, what has become of it.
import { linked, Link } from "../shared/links";
import { size } from "../shared/sizes";
import { clockTime, day, fullTime } from "../shared/times";
import type { Chat } from "./chat";
import type { Unsent } from "./outbox";
import type { Message, SentFile, Source } from "./wire";

const RASTER = /^image\/(png|jpe?g|gif|webp|avif)$/;

export function SaidBubble({ chat, message, follows }: { chat: Chat; message: Message; follows: boolean }) {
  const { author } = message;
  return (
    <article
      class={`said by-${author.kind}${follows ? " follows" : ""}`}
      data-testid="message"
      data-author={author.kind}
    >
      {author.kind !== "customer" && !follows && <Name message={message} />}
      <div class={`bubble${message.deleted ? " gone" : ""}`} dir="auto">
        {message.text && <p>{linked(message.text)}</p>}
        {message.deleted && <p data-testid="removed">This message was removed</p>}
        {message.files.map((file) => (
          <File key={file.url} file={file} href={withToken(file.url, chat.session?.token)} />
        ))}
        {message.source && <SourceLine source={message.source} />}
      </div>
      <time dateTime={message.at} title={fullTime(message.at)}>
        {clockTime(message.at)}
        {message.edited && <span data-testid="edited"> · edited</span>}
      </time>
    </article>
  );
}

export function UnsentBubble({ chat, item }: { chat: Chat; item: Unsent }) {
  const { refused } = item;
  return (
    <article class="said by-customer unsent" data-testid="message" data-author="customer" data-unsent="">
      <div class="bubble" dir="auto">
        {item.text && <p>{linked(item.text)}</p>}
        {item.files.map((file) => (
          <p key={file.file} class="file-name">
            {file.name}
          </p>
        ))}
      </div>
      {refused ? (
        <div class="refused" role="alert">
          <p>
            <strong>{refused.title}.</strong> {refused.detail}
          </p>
          <button type="button" onClick={() => chat.sendAgain(item.id)}>
            Try again
          </button>
          <button type="button" onClick={() => chat.discard(item.id)}>
            Discard
          </button>
        </div>
      ) : (
        <p class="sending">{chat.connected ? "Sending…" : "Kept, sent when we are connected again"}</p>
      )}
    </article>
  );
}

function Name({ message }: { message: Message }) {
  const { kind, name } = message.author;
  return (
    <p class="name" dir="auto">
      {name || (kind === "assistant" ? "Assistant" : "Agent")}
      {kind === "assistant" && <span class="tag">Automatic</span>}
    </p>
  );
}

function File({ file, href }: { file: SentFile; href: string }) {
  return (
    <a class="file" href={href} target="_blank" rel="noopener">
      {RASTER.test(file.type) && <img src={href} alt="" loading="lazy" />}
      <span class="file-name">{file.name}</span> <span class="file-size">{size(file.size)}</span>
    </a>
  );
}

function SourceLine({ source }: { source: Source }) {
  return (
    <p class="source">
      From: {source.url ? <Link href={source.url}>{source.title}</Link> : source.title}
      {source.checked && <span class="checked"> · checked {day(source.checked)}</span>}
    </p>
  );
}

/** Files of a conversation are given only to the session that may read it. */
function withToken(url: string, token: string | undefined): string {
  if (!token || /[?&]token=/.test(url) || !url.startsWith("/")) return url;
  return `${url}${url.includes("?") ? "&" : "?"}token=${encodeURIComponent(token)}`;
}
