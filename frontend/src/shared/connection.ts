// One WebSocket that keeps coming back. It knows nothing of what the frames mean: the widget's chat and the console's
// live updates resume by themselves in `opened`. It never queues what could not be sent; whoever sends keeps it.
//
// A phone that slept, or a laptop that changed networks, often holds a socket that looks open and is dead (no close
// event ever comes). So every sign of waking up - online, pageshow, becoming visible after a while, a clock that
// jumped - opens a new one.
import { backoff } from "./backoff";

const CONNECT_TIMEOUT_MS = 10_000;
const ASLEEP_MS = 20_000;
const TICK_MS = 5_000;
const ABNORMAL = 1006;

export interface Wiring {
  address(): string;
  opened(): void;
  frame(frame: { type: string }): void;
  /** The socket is gone; `code` says why (RFC 6455 7.4.1), 1006 when nobody said. */
  down(code: number): void;
  /** The server did not even let us in; the reason (401?) is invisible to a WebSocket and must be asked for. */
  refused(): void;
}

export class Connection {
  private socket: WebSocket | null = null;
  private failures = 0;
  private timer = 0;
  private hiddenSince = 0;
  private tickedAt = Date.now();
  private wanted = false;

  constructor(private readonly wiring: Wiring) {
    addEventListener("online", () => this.renew());
    addEventListener("pageshow", (event) => event.persisted && this.renew());
    document.addEventListener("visibilitychange", () => this.visibility());
    setInterval(() => this.tick(), TICK_MS);
  }

  /** Opens a fresh socket now, whatever state the present one claims to be in. */
  renew(): void {
    if (!this.wanted) return;
    this.wiring.down(ABNORMAL);
    this.start();
  }

  start(): void {
    this.stop();
    this.wanted = true;
    this.connect();
  }

  stop(): void {
    this.wanted = false;
    clearTimeout(this.timer);
    this.abandon();
  }

  get open(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** False when it could not even be handed to the browser. True promises nothing: only an answer does. */
  send(frame: object): boolean {
    if (!this.open) return false;
    this.socket!.send(JSON.stringify(frame));
    return true;
  }

  private connect(): void {
    const socket = new WebSocket(absolute(this.wiring.address()));
    let entered = false;
    this.socket = socket;
    this.timer = window.setTimeout(() => this.lost(socket, entered, ABNORMAL), CONNECT_TIMEOUT_MS);
    socket.onopen = () => {
      entered = true;
      clearTimeout(this.timer);
      this.wiring.opened();
    };
    socket.onmessage = (event) => this.received(event.data);
    socket.onclose = ({ code }) => this.lost(socket, entered, code);
  }

  private received(data: unknown): void {
    // Only a frame proves that the server works; a socket that opens and closes again must go on backing off.
    this.failures = 0;
    const frame = parse(data);
    if (frame) this.wiring.frame(frame);
  }

  private lost(socket: WebSocket, entered: boolean, code: number): void {
    if (socket !== this.socket) return;
    this.abandon();
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.connect(), backoff(this.failures++));
    this.wiring.down(code);
    if (!entered) this.wiring.refused();
  }

  private abandon(): void {
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private visibility(): void {
    if (document.visibilityState === "hidden") {
      this.hiddenSince = Date.now();
    } else if (!this.open || Date.now() - this.hiddenSince > ASLEEP_MS) {
      this.renew();
    }
  }

  /** A laptop that was shut keeps its tabs "visible"; only the gap between two ticks tells. */
  private tick(): void {
    const gap = Date.now() - this.tickedAt;
    this.tickedAt = Date.now();
    if (gap > ASLEEP_MS && document.visibilityState === "visible") this.renew();
  }
}

function absolute(path: string): string {
  return new URL(path, location.href.replace(/^http/, "ws")).href;
}

function parse(data: unknown): { type: string } | null {
  try {
    const value: unknown = JSON.parse(String(data));
    return value && typeof value === "object" && "type" in value ? (value as { type: string }) : null;
  } catch {
    return null;
  }
}
