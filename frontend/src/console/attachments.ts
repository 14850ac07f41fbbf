// Files that an agent has put to a reply, per ticket. They go up at once, and the reply then names them; what is up
// survives a reload, as the text does.
import { drop, keysUnder, read, write } from "../shared/keep";
import type { UploadedFile } from "./wire";

const PREFIX = "contactcenter:desk:files:";

export interface Named {
  name: string;
  size: number;
}

export interface Attachment extends Named {
  key: number;
  /** The share of 1 that is up. */
  progress: number;
  done: UploadedFile | null;
  trouble: string | null;
}

export class Attachments {
  private readonly lists = new Map<number, Attachment[]>();
  private readonly refusals = new Map<number, string>();
  private made = 0;

  constructor() {
    for (const key of keysUnder(PREFIX))
      this.restore(Number(key.slice(PREFIX.length)), read<UploadedFile[]>(key) ?? []);
  }

  of(ticket: number): Attachment[] {
    return this.lists.get(ticket) ?? [];
  }

  /** Why the files that were put there last are not among them. */
  refused(ticket: number): string | null {
    return this.refusals.get(ticket) ?? null;
  }

  refuse(ticket: number, why: string | null): void {
    if (why) this.refusals.set(ticket, why);
    else this.refusals.delete(ticket);
  }

  begin(ticket: number, { name, size }: Named): Attachment {
    const begun = { key: ++this.made, name, size, progress: 0, done: null, trouble: null };
    this.keep(ticket, [...this.of(ticket), begun]);
    return begun;
  }

  /** One that was removed meanwhile stays removed. */
  change(ticket: number, key: number, by: Partial<Attachment>): void {
    this.keep(
      ticket,
      this.of(ticket).map((one) => (one.key === key ? { ...one, ...by } : one)),
    );
  }

  remove(ticket: number, key: number): void {
    this.refuse(ticket, null);
    this.keep(
      ticket,
      this.of(ticket).filter((one) => one.key !== key),
    );
  }

  /** What is up goes with a reply and is no longer here. */
  take(ticket: number): UploadedFile[] {
    const taken = this.of(ticket).flatMap(({ done }) => done ?? []);
    this.refuse(ticket, null);
    this.keep(
      ticket,
      this.of(ticket).filter(({ done }) => !done),
    );
    return taken;
  }

  restore(ticket: number, files: UploadedFile[]): void {
    const restored = files.map((done) => ({ ...done, key: ++this.made, progress: 1, done, trouble: null }));
    this.keep(ticket, [...this.of(ticket), ...restored]);
  }

  private keep(ticket: number, list: Attachment[]): void {
    this.lists.set(ticket, list);
    const up = list.flatMap(({ done }) => done ?? []);
    if (up.length) write(PREFIX + ticket, up);
    else drop(PREFIX + ticket);
  }
}
