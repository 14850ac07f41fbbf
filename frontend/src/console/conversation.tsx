// What was said to and by the customer, with colleagues' notes among it by time. Notes look like nothing else here.
import { Fragment, type ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { dayHeading } from "../shared/times";
import { serverClock } from "./clock";
import { useDesk } from "./context";
import type { Desk } from "./desk";
import { MessageEntry } from "./message";
import { NoteEntry } from "./note";
import type { Unsent } from "./unsent";
import { UnsentEntry } from "./unsent-entry";
import type { Ticket } from "./wire";

const NEAR_PX = 120;

interface Entry {
  key: string;
  at: string;
  shown: ComponentChildren;
}

export function Conversation({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  const detail = desk.detail(ticket.id);
  const entries = said(desk, ticket);
  const waiting = desk.outgoing.of(ticket.id).filter((item) => item.trouble || !arrived(desk, item));
  const sending = waiting.filter(({ trouble }) => !trouble).length;
  const { ref, scrolled, follow } = useFollow([entries.length, waiting.length, detail.typing], sending);
  return (
    <div
      class="conversation"
      role="log"
      aria-label="Conversation"
      tabIndex={0}
      ref={ref}
      onScroll={scrolled}
      onLoadCapture={follow}
    >
      {!detail.loaded && !entries.length && <p class="empty">Fetching the conversation…</p>}
      {entries.map((entry, i) => (
        <Fragment key={entry.key}>
          <DayLine at={entry.at} before={entries[i - 1]?.at} />
          {entry.shown}
        </Fragment>
      ))}
      {waiting.map((item) => (
        <UnsentEntry key={item.key} item={item} />
      ))}
      {detail.typing && (
        <p class="typing" role="status" dir="auto">
          {detail.typing} is typing…
        </p>
      )}
    </div>
  );
}

function DayLine({ at, before }: { at: string; before: string | undefined }) {
  const now = serverClock.now();
  const heading = dayHeading(at, now);
  if (before && dayHeading(before, now) === heading) return null;
  return <p class="day-line">{heading}</p>;
}

function said(desk: Desk, ticket: Ticket): Entry[] {
  const { messages, notes } = desk.detail(ticket.id);
  const entries: Entry[] = [
    ...[...messages.values()]
      .sort((a, b) => a.id - b.id) // a merged ticket is of several conversations
      .map((message) => ({
        key: `m${message.id}`,
        at: message.at,
        shown: <MessageEntry message={message} ticket={ticket} />,
      })),
    ...[...notes.values()].map((note) => ({ key: `n${note.id}`, at: note.at, shown: <NoteEntry note={note} /> })),
  ];
  return entries.sort((a, b) => a.at.localeCompare(b.at));
}

/** The live frame of what I just sent may overtake the answer to my request; it is not shown twice meanwhile. */
function arrived(desk: Desk, item: Unsent): boolean {
  const { messages, notes } = desk.detail(item.ticket);
  const there = item.mode === "note" ? notes : messages;
  const begun = Date.parse(item.at) - Date.now() + serverClock.now() - 5_000;
  return [...there.values()].some(
    ({ author, text, at }) => author.id === desk.me!.id && text === item.text && Date.parse(at) >= begun,
  );
}

/**
 * Stays at the end while the reader is there, whatever grows: messages, pictures, or the composer below. What the
 * agent sends themselves is always shown.
 */
function useFollow(shown: unknown[], sending: number) {
  const ref = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const sent = useRef(0);
  const follow = () => {
    if (atEnd.current) ref.current!.scrollTop = ref.current!.scrollHeight;
  };
  useLayoutEffect(() => {
    if (sending > sent.current) atEnd.current = true;
    sent.current = sending;
    follow();
  }, [...shown, sending]);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(follow);
    observer.observe(ref.current!);
    return () => observer.disconnect();
  }, []);
  const scrolled = () => {
    const log = ref.current!;
    atEnd.current = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_PX;
  };
  return { ref, scrolled, follow };
}
