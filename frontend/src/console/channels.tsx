// How each channel is doing: whether it works, and whether all that its provider has is here.
import { useEffect } from "preact/hooks";
import { fullTime, shortTime } from "../shared/times";
import { serverClock } from "./clock";
import { useDesk } from "./context";
import { kindWord } from "./kinds";
import { loadChannels } from "./load";
import type { Channel, ChannelSide } from "./wire";

const RENEW_MS = 15_000;

const COUNTED = [
  { key: "found", title: "Found" },
  { key: "recorded", title: "Stored" },
  { key: "stuck", title: "Cannot be had" },
  { key: "backlog", title: "Waiting to be taken in" },
  { key: "buried", title: "Buried" },
] as const;

const WRONG: readonly string[] = ["stuck", "buried"];

export function Channels() {
  const desk = useDesk();
  useEffect(() => {
    const renew = () => void loadChannels(desk).catch(() => undefined);
    const timer = setInterval(renew, RENEW_MS);
    addEventListener("focus", renew);
    return () => {
      clearInterval(timer);
      removeEventListener("focus", renew);
    };
  }, []);
  return (
    <main class="page">
      <h1>Channels</h1>
      <p class="faint">Whether they work, and how much of what their providers have is here.</p>
      <table class="stack channels">
        <thead>
          <tr>
            <th scope="col">Channel</th>
            <th scope="col">State</th>
            <th scope="col">Last success</th>
            {COUNTED.map(({ key, title }) => (
              <th key={key} scope="col" class="number">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {desk.channels.map((channel) => (
            <Row key={channel.name} channel={channel} />
          ))}
        </tbody>
      </table>
    </main>
  );
}

function Row({ channel }: { channel: Channel }) {
  const { name, kind, queue, state, receiving, sending } = channel;
  const last = receiving.succeeded_at ?? sending.succeeded_at;
  return (
    <tr data-testid="channel-row" data-channel={name} data-state={state}>
      <th scope="row">
        {name}
        <small>
          {kindWord(kind)}, {queue ? `for ${queue}` : "where agents work"}
        </small>
      </th>
      <td class="channel-state">
        <span class={`health health-${state}`}>{stateWords(channel)}</span>
        {receiving.state === "none" && <small>Sends only</small>}
        {sending.state === "none" && queue && <small>Receives only</small>}
        <Trouble side={receiving} />
        <Trouble side={sending} what="Sending: " />
      </td>
      <td data-label="Last success">
        {last ? (
          <time dateTime={last} title={fullTime(last)}>
            {shortTime(last, serverClock.now())}
          </time>
        ) : (
          "none"
        )}
      </td>
      {COUNTED.map(({ key, title }) => (
        <td
          key={key}
          data-label={title}
          class={`number${!channel[key] ? " faint" : WRONG.includes(key) ? " number-wrong" : ""}`}
        >
          {channel[key]}
        </td>
      ))}
    </tr>
  );
}

/** What is wrong on one side; since when it is this, where the failure is older. */
function Trouble({ side, what = "" }: { side: ChannelSide; what?: string }) {
  const { error, error_since, failing_since } = side;
  if (!error) return null;
  const since = error_since && error_since !== failing_since ? ` (since ${shortTime(error_since, serverClock.now())})` : "";
  return (
    <p class="error-text">
      {what}
      {error}
      {since}
    </p>
  );
}

function stateWords({ state, receiving, sending }: Channel): string {
  if (state === "unknown") return "No word yet";
  if (state === "none") return "Not configured";
  if (state === "working") return "Working";
  if (receiving.state !== "failing") return `Cannot send since ${shortTime(sending.failing_since!, serverClock.now())}`;
  return `Failing since ${shortTime(receiving.failing_since!, serverClock.now())}`;
}
