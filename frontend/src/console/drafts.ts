// What an agent has begun to write, per ticket, and apart for replies and notes: what was typed as a note can never
// turn into a reply by a change of mode.
import { drop, keysUnder, read, write } from "../shared/keep";

export type Mode = "reply" | "note";

const PREFIX = "contactcenter:desk:draft:";

export class Drafts {
  private readonly texts = new Map<string, string>();

  constructor() {
    for (const key of keysUnder(PREFIX)) this.texts.set(key, read<string>(key) ?? "");
  }

  of(ticket: number, mode: Mode): string {
    return this.texts.get(keyOf(ticket, mode)) ?? "";
  }

  any(ticket: number): boolean {
    return !!(this.of(ticket, "reply") || this.of(ticket, "note"));
  }

  set(ticket: number, mode: Mode, text: string): void {
    const key = keyOf(ticket, mode);
    if (text) {
      this.texts.set(key, text);
      write(key, text);
    } else {
      this.texts.delete(key);
      drop(key);
    }
  }

  add(ticket: number, mode: Mode, text: string): void {
    const begun = this.of(ticket, mode).trimEnd();
    this.set(ticket, mode, begun ? `${begun}\n\n${text}` : text);
  }
}

function keyOf(ticket: number, mode: Mode): string {
  return `${PREFIX}${ticket}:${mode}`;
}
