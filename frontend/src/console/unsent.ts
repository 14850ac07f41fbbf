// Replies and notes between Ctrl+Enter and the server's answer. Each keeps the Idempotency-Key it was born with, so
// that trying again, even after a reload, never says a thing twice.
import { drop, keysUnder, read, write } from "../shared/keep";
import { uuid7 } from "../shared/uuid7";
import type { Problem } from "./api";
import type { Mode } from "./drafts";
import type { UploadedFile } from "./wire";

const PREFIX = "contactcenter:desk:unsent:";
const CLOSED = "The page was closed before it was sent.";
const BY_ITSELF = "It goes by itself once the connection is back.";
const NO_SERVER = [0, 502, 503, 504];

export interface Unsent {
  key: string;
  ticket: number;
  mode: Mode;
  text: string;
  files: UploadedFile[];
  /** The article it is from, which the customer is shown; blank for one's own words. */
  article?: string;
  at: string;
  /** Why it is not sent; null while it is on its way. */
  trouble: string | null;
  /** Nothing was refused: no server was met, and it goes by itself once there is one. */
  stranded: boolean;
}

export class Outgoing {
  private readonly items = new Map<string, Unsent>();

  /** What an earlier page left behind waits for its writer: hours may have passed, so it is not sent by itself. */
  constructor() {
    for (const key of keysUnder(PREFIX)) {
      const item = read<Unsent>(key);
      if (item)
        this.items.set(item.key, { ...item, files: item.files ?? [], trouble: item.trouble ?? CLOSED, stranded: false });
    }
  }

  of(ticket: number): Unsent[] {
    return [...this.items.values()].filter((item) => item.ticket === ticket);
  }

  begin(ticket: number, mode: Mode, text: string, files: UploadedFile[], article: string): Unsent {
    const at = new Date().toISOString();
    const item: Unsent = { key: uuid7(), ticket, mode, text, files, article, at, trouble: null, stranded: false };
    this.keep(item);
    return item;
  }

  again(item: Unsent): Unsent {
    const trying = { ...item, trouble: null, stranded: false };
    this.keep(trying);
    return trying;
  }

  fail(item: Unsent, problem: Problem): void {
    const stranded = NO_SERVER.includes(problem.status);
    const remedy = stranded ? BY_ITSELF : problem.remedy;
    this.keep({ ...item, trouble: [problem.detail, remedy].filter(Boolean).join(" "), stranded });
  }

  /** In the order they were written, each as it stands when its turn comes: meanwhile it may have been taken back. */
  *stranded(): Iterable<Unsent> {
    for (const key of [...this.items.keys()]) {
      const item = this.items.get(key);
      if (item?.stranded) yield item;
    }
  }

  end(item: Unsent): void {
    this.items.delete(item.key);
    drop(PREFIX + item.key);
  }

  private keep(item: Unsent): void {
    this.items.set(item.key, item);
    write(PREFIX + item.key, item);
  }
}
