// The conversation as this browser sees it: session, socket, outbox and thread joined. It promises that what was
// written is sent until acknowledged, under one id, and that what arrives is shown once. Screens read it and call its
// verbs; it draws nothing.
import { backoff, pause } from "../shared/backoff";
import { Connection } from "../shared/connection";
import { watchKeys } from "../shared/keep";
import { Outbox, type Unsent } from "./outbox";
import { tellHost } from "./host";
import {
  type Details,
  SessionRefused,
  dropSession,
  keptSession,
  newSession,
  openSession,
  sessionKey,
  socketPath,
  tokenIsBad,
} from "./session";
import { Thread } from "./thread";
import type { Author, ChatState, Message, Refusal, ServerFrame, Session, UploadedFile } from "./wire";

const TYPING_EVERY_MS = 3_000;
const TYPING_SHOWN_MS = 5_000;
const PATROL_MS = 5_000;
/** No ack for this long on an open socket: the socket is dead, whatever it says. */
const ACK_WITHIN_MS = 15_000;
/** Another tab wrote it and is gone; before that it is left to send its own. */
const ORPHAN_MS = 10_000;
/** Close codes that mean "I will not read this frame", now or ever: not UTF-8 or JSON, or too large. */
const UNREADABLE = [1007, 1009];

export class Chat {
  session: Session | null;
  state: ChatState | null = null;
  typing: Author | null = null;
  notice: Refusal | null = null;
  connected = false;
  readonly thread = new Thread();
  readonly outbox: Outbox;
  private readonly connection: Connection;
  private readonly inFlight = new Map<string, { item: Unsent; since: number }>();
  private readonly refusals = new Map<string, number>();
  private typedAt = 0;
  private typingTimer = 0;

  constructor(
    readonly channel: string,
    private readonly changed: () => void,
  ) {
    this.outbox = new Outbox(channel);
    this.session = keptSession(channel);
    this.connection = new Connection({
      address: () => socketPath(channel, this.session!.token, this.thread.after),
      opened: () => this.opened(),
      frame: (frame) => this.received(frame as ServerFrame),
      down: (code) => this.down(code),
      refused: () => void this.refused(),
    });
  }

  start(): void {
    watchKeys(this.outbox.prefix, this.changed);
    watchKeys(sessionKey(this.channel), () => this.adopt(keptSession(this.channel)));
    setInterval(() => this.patrol(), PATROL_MS);
    void this.enter();
  }

  /** What the log shows below the numbered messages. */
  unsent(): Unsent[] {
    return this.outbox.items().filter((item) => !this.thread.knows(item.id));
  }

  say(text: string, files: UploadedFile[] = []): void {
    this.outbox.put(text, files);
    this.typedAt = 0;
    this.flush();
    this.changed();
  }

  press(message: Message, choice: number): void {
    this.outbox.put(message.choices[choice]!, [], { seq: message.seq, choice });
    this.flush();
    this.changed();
  }

  sendAgain(id: string): void {
    this.outbox.allow(id);
    this.flush();
    this.changed();
  }

  discard(id: string): void {
    this.outbox.remove(id);
    this.changed();
  }

  type(): void {
    if (Date.now() - this.typedAt < TYPING_EVERY_MS) return;
    if (this.connection.send({ type: "typing" })) this.typedAt = Date.now();
  }

  /** Claims belong to a session from its start, so an unused one is exchanged for one that carries them. */
  async introduce(details: Details): Promise<void> {
    this.adopt(await newSession(this.channel, details));
  }

  private async enter(): Promise<void> {
    for (let failures = 0; ; failures++) {
      try {
        return this.adopt(await openSession(this.channel));
      } catch (error) {
        this.notice = error instanceof SessionRefused ? error.refusal : null;
        this.changed();
        await pause(backoff(failures));
      }
    }
  }

  private adopt(session: Session | null): void {
    if (!session) return;
    if (session.token !== this.session?.token) this.thread.clear();
    this.session = session;
    this.notice = null;
    this.connection.start();
    this.changed();
  }

  private opened(): void {
    this.connected = true;
    this.inFlight.clear();
    this.flush();
    this.changed();
  }

  private down(code: number): void {
    if (UNREADABLE.includes(code)) this.blameOldest();
    this.connected = false;
    this.typing = null;
    this.changed();
  }

  private async refused(): Promise<void> {
    const token = this.session!.token;
    if (!(await tokenIsBad(this.channel, token)) || this.session?.token !== token) return;
    this.connection.stop();
    if (keptSession(this.channel)?.token === token) dropSession(this.channel);
    await this.enter();
  }

  private received(frame: ServerFrame): void {
    switch (frame.type) {
      case "ack":
        this.acknowledged(frame.id, frame.seq);
        break;
      case "message":
        this.arrived(frame);
        break;
      case "change":
        this.thread.change(frame);
        break;
      case "state":
        this.state = frame;
        break;
      case "typing":
        this.showTyping(frame.author);
        break;
      case "error":
        this.failed(frame);
        break;
    }
    this.changed();
  }

  private acknowledged(id: string, seq: number): void {
    const item = this.inFlight.get(id)?.item ?? this.outbox.item(id);
    const saysNothing = !seq && item?.button; // the message with that button is not there any more
    if (item && !saysNothing && !this.thread.has(seq)) this.thread.put(this.sketch(item, seq));
    this.settle(id);
  }

  private arrived(message: Message): void {
    if (message.client_id) this.settle(message.client_id);
    const fresh = this.thread.put(message);
    if (message.author.kind === "customer") return;
    if (this.typing) this.showTyping(null);
    // Before the first state frame it is history, not news.
    if (fresh && this.state) tellHost("message");
  }

  private settle(id: string): void {
    this.outbox.remove(id);
    this.inFlight.delete(id);
    this.refusals.delete(id);
  }

  private failed(frame: Refusal & { id: string | null; retry: boolean }): void {
    const { id, title, detail } = frame;
    if (!id) {
      this.notice = { title, detail };
    } else if (frame.retry) {
      this.sendLater(id);
    } else {
      this.inFlight.delete(id);
      this.outbox.refuse(id, { title, detail });
    }
  }

  /** The server reads in order: it choked on the first one it had not acknowledged, and would choke on it again. */
  private blameOldest(): void {
    const [id] = this.inFlight.keys();
    if (id) this.outbox.refuse(id, { title: "Not accepted", detail: "The server could not read this message." });
  }

  private sendLater(id: string): void {
    const times = (this.refusals.get(id) ?? 0) + 1;
    this.refusals.set(id, times);
    setTimeout(
      () => {
        this.inFlight.delete(id);
        this.flush();
      },
      backoff(times + 1),
    );
  }

  private flush(): void {
    for (const item of this.outbox.items()) this.transmit(item);
  }

  private transmit(item: Unsent): void {
    if (item.refused || this.inFlight.has(item.id)) return;
    if (this.connection.send(frameOf(item))) this.inFlight.set(item.id, { item, since: Date.now() });
  }

  private patrol(): void {
    if (!this.connected) return;
    const now = Date.now();
    const waitingFor = [...this.inFlight].filter(([id]) => !this.refusals.has(id)).map(([, { since }]) => since);
    if (waitingFor.some((since) => now - since > ACK_WITHIN_MS)) return this.connection.renew();
    for (const item of this.outbox.items()) if (now - Date.parse(item.at) > ORPHAN_MS) this.transmit(item);
  }

  private showTyping(author: Author | null): void {
    clearTimeout(this.typingTimer);
    this.typing = author;
    if (!author) return;
    this.typingTimer = window.setTimeout(() => {
      this.typing = null;
      this.changed();
    }, TYPING_SHOWN_MS);
  }

  /** Our own message as it will come back; the ack carries only its number. */
  private sketch(item: Unsent, seq: number): Message {
    const files = item.files.map(({ file, name, type, size }) => {
      return { name, type, size, url: `/chat/${encodeURIComponent(this.channel)}/files/${encodeURIComponent(file)}` };
    });
    const { id, text, at, button } = item;
    const author: Author = { kind: "customer", name: "" };
    const pressed = (button && this.thread.at(button.seq)?.id) ?? null;
    return { seq, id, author, text, at, files, source: null, client_id: id, choices: [], chosen: null, pressed };
  }
}

function frameOf({ id, text, files, button }: Unsent): object {
  if (button) return { type: "choice", id, ...button };
  return { type: "message", id, text, ...(files.length ? { files: files.map(({ file }) => file) } : {}) };
}
