// Where an agent writes. Reply and note are two modes with texts of their own; which one is on is said by the tab, the
// colour, the line above the text and the button, and changing it takes a click or a key outside the text.
import { useEffect, useRef, useState } from "preact/hooks";
import { say } from "./acts";
import { attach, filesLimit } from "./attach";
import { CannedList, REPLIES_ID, optionId, useCanned } from "./canned";
import { useDesk, useLive } from "./context";
import type { Desk } from "./desk";
import type { Mode } from "./drafts";
import { AttachButton, Files } from "./files";
import { Icon } from "./icons";
import { COLLEAGUES_ONLY } from "./note";
import { Recipients } from "./recipients";
import type { Ticket } from "./wire";

const TALLEST_PX = 320;
export const COMPOSER_ID = "composer";

export function Composer({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  const live = useLive();
  const { mode } = desk;
  const text = desk.drafts.of(ticket.id, mode);
  const area = useGrowing(text, mode);
  const wants = wanting(desk, ticket, mode);
  const { over, ...dropping } = useDropping((files) => attach(desk, ticket, files));

  const write = (value: string) => {
    desk.drafts.set(ticket.id, mode, value);
    if (mode === "reply" && value) live.typing(ticket.id);
    desk.changed();
  };
  const canned = useCanned(ticket, text, write);
  // The draft, not what was last drawn: Ctrl+Enter can come sooner than a drawing.
  const send = () => {
    const written = desk.drafts.of(ticket.id, mode).trim();
    if (written && !wanting(desk, ticket, mode)) void say(desk, ticket.id, mode, written);
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.isComposing || canned.pressed(event)) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape") {
      area.current!.blur();
    }
  };

  // What has words is pasted as words, even if it comes with a picture of them.
  const pasted = (event: ClipboardEvent) => {
    const { types, files } = event.clipboardData!;
    if (!files.length || types.includes("text/plain")) return;
    event.preventDefault();
    attach(desk, ticket, [...files]);
  };

  return (
    <form
      class={`composer composer-${mode}${over ? " composer-over" : ""}`}
      data-mode={mode}
      onSubmit={(event) => (event.preventDefault(), send())}
      {...dropping}
    >
      <div class="modes" role="group" aria-label="What you are writing">
        <ModeButton mode="reply" label="Reply" hint="r" />
        <ModeButton mode="note" label="Note" hint="n" />
        {mode === "reply" ? (
          <Recipients ticket={ticket} />
        ) : (
          <p class="reach" id="reach">
            {COLLEAGUES_ONLY}
          </p>
        )}
      </div>
      <CannedList {...canned} />
      <textarea
        id={COMPOSER_ID}
        ref={area}
        data-testid="composer"
        aria-label={mode === "note" ? "Note to colleagues" : `Reply to ${ticket.customer.name}`}
        aria-describedby="reach"
        aria-autocomplete={desk.hasReplies ? "list" : undefined}
        aria-controls={canned.shown.length ? REPLIES_ID : undefined}
        aria-activedescendant={canned.shown.length ? optionId(canned.chosen) : undefined}
        placeholder={mode === "note" ? "Write a note to your colleagues" : `Write to ${ticket.customer.name}`}
        rows={3}
        dir="auto"
        value={text}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={pressed}
        onPaste={pasted}
      />
      <Files ticket={ticket} />
      <div class="composer-foot">
        {mode === "reply" && filesLimit(desk, ticket) > 0 && <AttachButton ticket={ticket} />}
        {wants ? (
          <span class="wants">{wants}</span>
        ) : (
          <span class="faint">
            {desk.hasReplies && (
              <>
                <kbd>/</kbd> replies,{" "}
              </>
            )}
            <kbd>Ctrl</kbd> <kbd>Enter</kbd> {mode === "note" ? "adds the note" : "sends to the customer"}
          </span>
        )}
        <button type="submit" class="send" data-testid="send" disabled={!text.trim() || !!wants}>
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

/** What a reply with files still needs before it can go: none of them is to be missed by who gets it. */
function wanting(desk: Desk, ticket: Ticket, mode: Mode): string | null {
  if (mode === "reply" && ticket.unreachable) return "They cannot be reached here. Write a note, or wait for them.";
  const files = mode === "reply" ? desk.attachments.of(ticket.id) : [];
  if (files.some(({ trouble }) => trouble)) return "Remove what could not be attached.";
  if (files.some(({ done }) => !done)) return "Attaching…";
  return files.length && !desk.drafts.of(ticket.id, mode).trim() ? "Write a line to go with it." : null;
}

/** Files dropped on the composer are always ours to take: else the browser would leave the desk and open them. */
function useDropping(drop: (files: File[]) => void) {
  const [over, setOver] = useState(false);
  const files = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  const onDragOver = (event: DragEvent) => {
    if (!files(event)) return;
    event.preventDefault();
    setOver(true);
  };
  const onDragLeave = (event: DragEvent) => {
    if (!(event.currentTarget as Element).contains(event.relatedTarget as Node | null)) setOver(false);
  };
  const onDrop = (event: DragEvent) => {
    setOver(false);
    if (!files(event)) return;
    event.preventDefault();
    drop([...event.dataTransfer!.files]);
  };
  return { over, onDragOver, onDragLeave, onDrop };
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
