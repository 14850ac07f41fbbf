// Buttons below what was said last, while they still answer it: a press says their words. The one that was taken stays
// marked, and another can be taken as long as nobody has said anything else.
import type { Chat } from "./chat";
import type { Message } from "./wire";

export function Choices({ chat }: { chat: Chat }) {
  const message = offering(chat);
  if (!message) return null;
  const chosen = chosenOf(chat, message);
  return (
    <div class="choices" role="group" aria-label="Answers to choose from" data-testid="choices">
      {message.choices.map((words, i) => (
        <button
          key={words}
          type="button"
          class="choice"
          data-testid="choice"
          aria-pressed={i === chosen}
          onClick={() => i !== chosen && chat.press(message, i)}
        >
          <span dir="auto">{words}</span>
        </button>
      ))}
    </div>
  );
}

/** The last message, or the one that all that follows it chose from. */
export function offering(chat: Chat): Message | null {
  const messages = chat.thread.messages();
  if (chat.unsent().some(({ button }) => !button)) return null;
  for (let at = messages.length - 1; at >= 0; at--) {
    const message = messages[at]!;
    if (message.choices.length) return message;
    if (message.pressed === null || message.pressed !== lastOffer(messages)?.id) return null;
  }
  return null;
}

function lastOffer(messages: Message[]): Message | undefined {
  return messages.findLast(({ choices }) => choices.length > 0);
}

function chosenOf(chat: Chat, message: Message): number | null {
  const sending = chat.unsent().findLast(({ button }) => button?.seq === message.seq);
  if (sending) return sending.button!.choice;
  const pressed = chat.thread.messages().findLast((later) => later.pressed === message.id);
  return pressed ? message.choices.indexOf(pressed.text) : message.chosen;
}
