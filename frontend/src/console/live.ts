// The live connection. It is only a hint of what changed: whenever it opens, or the server says that something may
// have been missed, what is shown is fetched again.
import { Connection } from "../shared/connection";
import { sayStrandedAgain } from "./acts";
import type { Desk } from "./desk";
import { fold } from "./frames";
import { loadHistory, loadMe, loadNumbers, loadParticipants, loadSuggestions, loadTicket, refresh } from "./load";
import type { LiveFrame } from "./wire";

const TYPING_EVERY_MS = 3_000;
const SETTLE_MS = 700;

export class Live {
  private readonly connection: Connection;
  private watched: number | null = null;
  private typedAt = 0;
  private numbersTimer = 0;
  private historyTimer = 0;
  private suggestionsTimer = 0;

  constructor(private readonly desk: Desk) {
    this.connection = new Connection({
      address: () => "/api/v1/live",
      opened: () => this.opened(),
      frame: (frame) => this.received(frame as LiveFrame),
      down: () => this.down(),
      refused: () => void loadMe(desk).catch((error) => error.status === 401 && this.signedOut()),
    });
  }

  start(): void {
    this.connection.start();
  }

  /** Follows one ticket, the one that is open, besides those the agent holds. */
  watch(ticket: number | null): void {
    if (ticket === this.watched) return;
    if (this.watched !== null) this.connection.send({ type: "unwatch", ticket: this.watched });
    this.watched = ticket;
    if (ticket !== null) this.connection.send({ type: "watch", ticket });
  }

  typing(ticket: number): void {
    if (Date.now() - this.typedAt < TYPING_EVERY_MS) return;
    if (this.connection.send({ type: "typing", ticket })) this.typedAt = Date.now();
  }

  private opened(): void {
    this.desk.live = true;
    if (this.watched !== null) this.connection.send({ type: "watch", ticket: this.watched });
    void refresh(this.desk);
    void sayStrandedAgain(this.desk);
  }

  private down(): void {
    this.desk.live = false;
    this.desk.changed();
  }

  private signedOut(): void {
    this.connection.stop();
    this.desk.signedOut = true;
    this.desk.changed();
  }

  private received(frame: LiveFrame): void {
    if (frame.type === "resync") return void refresh(this.desk);
    fold(this.desk, frame);
    if (movesNumbers(frame)) this.renewNumbers();
    if (frame.type === "merged") this.renewMerged([frame.ticket, frame.into]);
    if (frame.type === "ticket" && frame.ticket.id === this.watched) this.renewHistory(frame.ticket.id);
    if (mayMoveParticipants(frame) && frame.ticket === this.watched) this.renewParticipants(frame.ticket);
    if (frame.type === "message" && frame.ticket === this.watched) this.renewSuggestions(frame.ticket);
    if (frame.type === "participants" && frame.ticket === this.watched) this.renewHistory(frame.ticket);
  }

  /** One change is often a burst of frames; the numbers it moved are asked once it has settled. */
  private renewNumbers(): void {
    clearTimeout(this.numbersTimer);
    this.numbersTimer = window.setTimeout(() => void loadNumbers(this.desk).catch(() => undefined), SETTLE_MS);
  }

  /** What was said has moved between these: whichever is known here is read again. */
  private renewMerged(tickets: number[]): void {
    for (const id of tickets) {
      const detail = this.desk.details.get(id);
      detail?.messages.clear();
      detail?.notes.clear();
      if (detail) loadTicket(this.desk, id).catch(() => {});
    }
  }

  /** A mail or a colleague may have brought somebody in, and the next reply goes to them. */
  private renewParticipants(id: number): void {
    const ticket = this.desk.tickets.get(id);
    if (ticket) void loadParticipants(this.desk, ticket).catch(() => undefined);
  }

  /** With each thing that is said, other articles may fit what is to be answered. */
  private renewSuggestions(ticket: number): void {
    clearTimeout(this.suggestionsTimer);
    const renew = () => void loadSuggestions(this.desk, ticket).catch(() => undefined);
    this.suggestionsTimer = window.setTimeout(renew, SETTLE_MS);
  }

  private renewHistory(ticket: number): void {
    clearTimeout(this.historyTimer);
    this.historyTimer = window.setTimeout(() => void loadHistory(this.desk, ticket).catch(() => undefined), SETTLE_MS);
  }
}

function mayMoveParticipants(frame: LiveFrame): frame is Extract<LiveFrame, { type: "message" | "participants" }> {
  return frame.type === "message" || frame.type === "participants";
}

function movesNumbers(frame: LiveFrame): boolean {
  if (frame.type === "delivery") return frame.delivery === "buried";
  return frame.type === "ticket" || frame.type === "presence";
}
