// Where an agent writes. Reply and note are two modes with texts of their own; which one is on is said by the tab, the
// colour, the line above the text and the button, and changing it takes a click or a key outside the text.
import { useEffect, useRef } from "preact/hooks";
import { say } from "./acts";
import { useDesk, useLive } from "./context";
import type { Mode } from "./drafts";
import { Icon } from "./icons";
import { kindWord } from "./kinds";
import { COLLEAGUES_ONLY } from "./note";
import type { Ticket } from "./wire";

const TALLEST_PX = 320;
export const COMPOSER_ID = "composer";

export function Composer({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  const live = useLive();
  const { mode } = desk;
  const text = desk.drafts.of(ticket.id, mode);
  const area = useGrowing(text, mode);

  const write = (value: string) => {
    desk.drafts.set(ticket.id, mode, value);
    if (mode === "reply" && value) live.typing(ticket.id);
    desk.changed();
  };
  // The draft, not what was last drawn: Ctrl+Enter can come sooner than a drawing.
  const send = () => {
    const written = desk.drafts.of(ticket.id, mode).trim();
    if (written) void say(desk, ticket.id, mode, written);
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape") {
      area.current!.blur();
    }
  };

  return (
    <form class={`composer composer-${mode}`} data-mode={mode} onSubmit={(event) => (event.preventDefault(), send())}>
      <div class="modes" role="group" aria-label="What you are writing">
        <ModeButton mode="reply" label="Reply" hint="r" />
        <ModeButton mode="note" label="Note" hint="n" />
        <p class="reach" id="reach">
          {reach(ticket, mode)}
        </p>
      </div>
      <textarea
        id={COMPOSER_ID}
        ref={area}
        data-testid="composer"
        aria-label={mode === "note" ? "Note to colleagues" : `Reply to ${ticket.customer.name}`}
        aria-describedby="reach"
        placeholder={mode === "note" ? "Write a note to your colleagues" : `Write to ${ticket.customer.name}`}
        rows={3}
        dir="auto"
        value={text}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={pressed}
      />
      <div class="composer-foot">
        <span class="faint">
          <kbd>Ctrl</kbd> <kbd>Enter</kbd> {mode === "note" ? "adds the note" : "sends to the customer"}
        </span>
        <button type="submit" class="send" data-testid="send" disabled={!text.trim()}>
          {mode === "note" ? "Add note" : "Send reply"}
        </button>
      </div>
    </form>
  );
}

function ModeButton({ mode, label, hint }: { mode: Mode; label: string; hint: string }) {
  const desk = useDesk();
  const choose = () => {
    desk.setMode(mode);
    document.getElementById(COMPOSER_ID)?.focus();
  };
  return (
    <button
      type="button"
      class={`mode mode-${mode}`}
      data-testid={`${mode}-mode`}
      aria-pressed={desk.mode === mode}
      onClick={choose}
    >
      <Icon name={mode} /> {label} <kbd>{hint}</kbd>
    </button>
  );
}

function reach(ticket: Ticket, mode: Mode): string {
  return mode === "note" ? COLLEAGUES_ONLY : `To ${ticket.customer.name}, by ${kindWord(ticket.kind)}`;
}

function useGrowing(text: string, mode: Mode) {
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const element = area.current!;
    element.style.height = "auto";
    element.style.height = `${Math.min(TALLEST_PX, element.scrollHeight + 2)}px`;
  }, [text, mode]);
  return area;
}
