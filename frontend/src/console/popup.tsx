// A button that opens a small form beside itself; Escape, leaving it and finishing close it.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

interface Props {
  label: string;
  testid: string;
  /** The form, given the way to close it. */
  children: (close: () => void) => ComponentChildren;
}

export function Popup({ label, testid, children }: Props) {
  const [open, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (open) frame.current!.querySelector<HTMLElement>("textarea, input, .menu-list button")?.focus();
  }, [open]);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  const left = (event: FocusEvent) => {
    const to = event.relatedTarget as Node | null;
    if (to && !frame.current?.contains(to)) setOpen(false); // null: it goes with its ticket
  };

  return (
    <div class="menu" ref={frame} onKeyDown={open ? pressed : undefined} onFocusOut={left}>
      <button
        type="button"
        class="quiet"
        ref={button}
        data-testid={testid}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {label} <span aria-hidden="true">▾</span>
      </button>
      {open && (
        <div class="menu-list popup" role="dialog" aria-label={label}>
          {children(close)}
        </div>
      )}
    </div>
  );
}
