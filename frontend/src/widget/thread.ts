// The messages the server has numbered: each shown once, in the order of its number, however often and in whatever
// order they arrive (resume, other tabs, our own acknowledgements).
import type { Change, Message } from "./wire";

export class Thread {
  private readonly bySeq = new Map<number, Message>();
  private ordered: Message[] | null = null;

  /** True when it was not there before. A repeat replaces: our sketch of an acknowledged message is less complete. */
  put(message: Message): boolean {
    const fresh = !this.bySeq.has(message.seq);
    this.bySeq.set(message.seq, message);
    this.ordered = null;
    return fresh;
  }

  /** What was said before says this now; what was never shown will be read as it is. */
  change({ seq, text, deleted }: Change): void {
    const said = this.bySeq.get(seq);
    if (!said) return;
    const gone = deleted ? { files: [], source: null } : {};
    this.put({ ...said, ...gone, text, deleted, edited: !deleted });
  }

  has(seq: number): boolean {
    return this.bySeq.has(seq);
  }

  at(seq: number): Message | undefined {
    return this.bySeq.get(seq);
  }

  knows(clientId: string): boolean {
    return this.messages().some((message) => message.client_id === clientId);
  }

  messages(): Message[] {
    this.ordered ??= [...this.bySeq.values()].sort((a, b) => a.seq - b.seq);
    return this.ordered;
  }

  /**
   * Where to resume: the end of the first unbroken run, not the highest number seen. The ack of a resent message can
   * overtake an agent's earlier ones, and resuming after it would skip them for good.
   */
  get after(): number {
    let end = 0;
    for (const { seq } of this.messages()) {
      if (end && seq !== end + 1) break;
      end = seq;
    }
    return end;
  }

  clear(): void {
    this.bySeq.clear();
    this.ordered = null;
  }
}
