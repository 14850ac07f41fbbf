// The whole widget: who answers, what was said, and where to write.
import { Choices, offering } from "./choices";
import { Composer } from "./composer";
import { framed, tellHost } from "./host";
import { Introduction } from "./introduction";
import { Log } from "./log";
import type { Chat } from "./chat";
import { ASK_FOR_A_PERSON, describe, withAssistant } from "./words";

export function Panel({ chat, title }: { chat: Chat; title: string }) {
  const empty = !chat.thread.messages().length && !chat.unsent().length;
  return (
    <main class="panel" onKeyDown={closeOnEscape}>
      <Header chat={chat} title={chat.session?.title ?? title} />
      <Log chat={chat} />
      {empty && chat.session && <Introduction chat={chat} />}
      {offering(chat) ? <Choices chat={chat} /> : <PersonButton chat={chat} />}
      {chat.notice && (
        <p class="notice" role="alert">
          <strong>{chat.notice.title}.</strong> {chat.notice.detail}
        </p>
      )}
      <Composer chat={chat} />
    </main>
  );
}

function Header({ chat, title }: { chat: Chat; title: string }) {
  const { tone, text } = describe(chat.state, chat.connected);
  return (
    <header class="head">
      <div class="head-words">
        <h1 dir="auto">{title}</h1>
        <p class={`state state-${tone}`} role="status" data-testid="state" data-status={chat.state?.status}>
          <span class="dot" aria-hidden="true" />
          <span dir="auto">{text}</span>
        </p>
      </div>
      {framed && (
        <button type="button" class="icon" aria-label="Close the chat" onClick={() => tellHost("close")}>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M6 6l12 12M18 6L6 18" />
          </svg>
        </button>
      )}
    </header>
  );
}

function PersonButton({ chat }: { chat: Chat }) {
  if (!withAssistant(chat.state)) return null;
  const asked = chat.unsent().some((item) => item.text === ASK_FOR_A_PERSON);
  return (
    <div class="person-row">
      <button
        type="button"
        class="person"
        data-testid="person"
        disabled={asked}
        onClick={() => chat.say(ASK_FOR_A_PERSON)}
      >
        {ASK_FOR_A_PERSON}
      </button>
    </div>
  );
}

function closeOnEscape(event: KeyboardEvent): void {
  if (event.key === "Escape" && !event.isComposing) tellHost("close");
}
