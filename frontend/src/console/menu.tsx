// A button that opens a short list of choices (the menu button pattern): arrows move, Escape and leaving it close.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

export interface Choice {
  key: string;
  label: ComponentChildren;
  hint?: string;
  act: () => void;
}

interface Props {
  label: string;
  /** What the button shows instead of its label. */
  face?: ComponentChildren;
  testid?: string;
  id?: string;
  choices: Choice[];
  /** What stands below the choices, given the way to close the menu. */
  below?: (close: () => void) => ComponentChildren;
}

export function Menu({ label, face, testid, id, choices, below }: Props) {
  const [open, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (open) items(frame.current!)[0]?.focus();
  }, [open]);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp")
      step(frame.current!, event.key === "ArrowDown" ? 1 : -1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const left = (event: FocusEvent) => {
    if (!frame.current?.contains(event.relatedTarget as Node | null)) setOpen(false);
  };

  return (
    <div class="menu" ref={frame} onKeyDown={open ? pressed : undefined} onFocusOut={left}>
      <button
        type="button"
        class={face ? "face" : "quiet"}
        ref={button}
        id={id}
        data-testid={testid}
        aria-label={face ? label : undefined}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {face ?? label} <span aria-hidden="true">▾</span>
      </button>
      {open && (
        <div class="menu-list" role="menu" aria-label={label} tabIndex={-1}>
          {choices.map((choice) => (
            <button
              key={choice.key}
              type="button"
              role="menuitem"
              data-choice={choice.key}
              onClick={() => (close(), choice.act())}
            >
              <span>{choice.label}</span>
              {choice.hint && <small>{choice.hint}</small>}
            </button>
          ))}
          {below?.(close)}
        </div>
      )}
    </div>
  );
}

function step(frame: HTMLElement, by: number): void {
  const all = items(frame);
  const at = all.indexOf(document.activeElement as HTMLElement);
  all[(at + by + all.length) % all.length]?.focus();
}

function items(frame: HTMLElement): HTMLElement[] {
  return [...frame.querySelectorAll<HTMLElement>("[role=menuitem]")];
}
