// What was said, oldest first, with what is still on its way at the end. It follows new messages only while the
// reader is at the bottom; who scrolled up to read is told instead of moved.
import { Fragment } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { dayHeading } from "../shared/times";
import { SaidBubble, UnsentBubble } from "./bubble";
import type { Chat } from "./chat";
import type { Message } from "./wire";

const NEAR_PX = 80;

export function Log({ chat }: { chat: Chat }) {
  const messages = chat.thread.messages();
  const unsent = chat.unsent();
  const { ref, behind, scrolled, follow, toEnd } = useFollow(
    messages.length + unsent.length,
    unsent.length,
    !!chat.typing,
  );
  return (
    <div class="log-frame">
      <div
        class="log"
        role="log"
        aria-live="polite"
        aria-label="Conversation"
        tabIndex={0}
        ref={ref}
        onScroll={scrolled}
        onLoadCapture={follow}
      >
        {!messages.length && !unsent.length && <p class="welcome">Hello! How can we help?</p>}
        {messages.map((message, i) => (
          <Fragment key={message.seq}>
            <DayLine message={message} before={messages[i - 1]} />
            <SaidBubble chat={chat} message={message} follows={sameVoice(message, messages[i - 1])} />
          </Fragment>
        ))}
        {unsent.map((item) => (
          <UnsentBubble key={item.id} chat={chat} item={item} />
        ))}
        {chat.typing && (
          <p class="typing" dir="auto">
            {chat.typing.name || "Somebody"} is typing
            <span class="dots" aria-hidden="true">
              <i />
              <i />
              <i />
            </span>
          </p>
        )}
      </div>
      {behind && (
        <button type="button" class="to-end" onClick={toEnd}>
          New messages ↓
        </button>
      )}
    </div>
  );
}

function DayLine({ message, before }: { message: Message; before: Message | undefined }) {
  const now = Date.now();
  const heading = dayHeading(message.at, now);
  if (before ? dayHeading(before.at, now) === heading : heading === "Today") return null;
  return <p class="day">{heading}</p>;
}

function sameVoice(message: Message, before: Message | undefined): boolean {
  return before?.author.kind === message.author.kind && before.author.name === message.author.name;
}

function useFollow(count: number, own: number, typing: boolean) {
  const ref = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const shown = useRef(0);
  const [behind, setBehind] = useState(false);
  const toEnd = () => {
    ref.current?.scrollTo({ top: ref.current.scrollHeight });
    setBehind(false);
  };
  const scrolled = () => {
    const log = ref.current!;
    atEnd.current = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_PX;
    if (atEnd.current) setBehind(false);
  };
  const follow = () => {
    if (atEnd.current) toEnd();
  };
  useLayoutEffect(follow, [typing]);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(follow); // a phone's keyboard, the composer growing
    observer.observe(ref.current!);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const more = count > shown.current;
    shown.current = count;
    if (atEnd.current || (more && own > 0)) toEnd();
    else if (more) setBehind(true);
  }, [count, own]);
  return { ref, behind, scrolled, follow, toEnd };
}
