// One message as an agent sees it: who said it, whether that is proven, and whether ours arrived.
import { Link, linked } from "../shared/links";
import { size } from "../shared/sizes";
import { clockTime, day, fullTime } from "../shared/times";
import { repeatDelivery } from "./acts";
import { Avatar } from "./avatar";
import { useDesk } from "./context";
import type { Delivery, Message, SentFile, Source } from "./wire";

const RASTER = /^image\/(png|jpe?g|gif|webp|avif)$/;

export const DELIVERY: Record<Delivery, string> = {
  due: "Waiting to be sent",
  sending: "Sending…",
  sent: "Sent",
  delivered: "Delivered",
  read: "Read",
  unknown: "May not have arrived",
  buried: "Not delivered",
};

export function MessageEntry({ message, kind }: { message: Message; kind: string }) {
  const { author } = message;
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
          {unverified(message, kind) && <Unverified />}
          <time dateTime={message.at} title={fullTime(message.at)}>
            {clockTime(message.at)}
          </time>
        </p>
        <div class="bubble" dir="auto">
          {message.text && <p class="text">{linked(message.text)}</p>}
          {message.files.map((file) => (
            <File key={file.url} file={file} />
          ))}
          {message.source && <SourceOf source={message.source} />}
        </div>
        {message.delivery && <DeliveryLine message={message} delivery={message.delivery} />}
      </div>
    </article>
  );
}

/** Where the provider does not vouch for the sender, a message without proof may be from anybody. */
function unverified(message: Message, kind: string): boolean {
  return message.direction === "inbound" && !message.proof && kind === "email";
}

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

function DeliveryLine({ message, delivery }: { message: Message; delivery: Delivery }) {
  const desk = useDesk();
  const stuck = delivery === "unknown" || delivery === "buried";
  return (
    <p class={`delivery delivery-${delivery}`} data-delivery={delivery}>
      {DELIVERY[delivery]}
      {message.delivery_reason && `: ${message.delivery_reason}`}
      {stuck && (
        <button
          type="button"
          data-testid="repeat"
          title={
            delivery === "unknown" ? "If it did arrive, the customer gets it twice" : "Try to deliver it once more"
          }
          onClick={() => void repeatDelivery(desk, message)}
        >
          Send again
        </button>
      )}
    </p>
  );
}

function File({ file }: { file: SentFile }) {
  return (
    <a class="file" href={file.url} target="_blank" rel="noopener">
      {RASTER.test(file.type) && <img src={file.url} alt="" loading="lazy" />}
      {file.name} <small>{size(file.size)}</small>
    </a>
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
