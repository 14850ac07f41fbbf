// What the customer wrote and the server has not acknowledged. Each message is an entry of its own, so that two tabs
// never overwrite each other; ids are UUIDv7, so sorting the keys is sorting by time. An entry leaves only when the
// server has it (ack) or the customer discards it: closing the page, losing the network or a restart lose nothing.
import { drop, keysUnder, read, write } from "../shared/keep";
import { uuid7 } from "../shared/uuid7";
import type { Refusal, UploadedFile } from "./wire";

export interface Button {
  seq: number;
  choice: number;
}

export interface Unsent {
  id: string;
  text: string;
  files: UploadedFile[];
  at: string;
  /** The button that says this text: which one, under the message at which place. */
  button?: Button;
  /** Set when the server refused it for good: it waits for the customer instead of being sent again. */
  refused?: Refusal;
}

export class Outbox {
  readonly prefix: string;

  constructor(channel: string) {
    this.prefix = `contactcenter:${channel}:unsent:`;
  }

  put(text: string, files: UploadedFile[], button?: Button): Unsent {
    const unsent: Unsent = { id: uuid7(), text, files, at: new Date().toISOString(), ...(button && { button }) };
    write(this.prefix + unsent.id, unsent);
    return unsent;
  }

  items(): Unsent[] {
    return keysUnder(this.prefix)
      .map((key) => read<Unsent>(key))
      .filter((item) => item !== null);
  }

  item(id: string): Unsent | null {
    return read<Unsent>(this.prefix + id);
  }

  refuse(id: string, refused: Refusal): void {
    const item = this.item(id);
    if (item) write(this.prefix + id, { ...item, refused });
  }

  allow(id: string): void {
    const item = this.item(id);
    if (!item) return;
    const { refused: _, ...again } = item;
    write(this.prefix + id, again);
  }

  remove(id: string): void {
    drop(this.prefix + id);
  }
}
