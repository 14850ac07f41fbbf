// A live frame, folded into what the desk knows. Frames may repeat what a fetch already brought, and come before or
// after it; folding the same frame twice changes nothing.
import type { Desk } from "./desk";
import type { LiveFrame, Message, Note, Ticket } from "./wire";

const TYPING_SHOWN_MS = 5_000;

export function fold(desk: Desk, frame: Exclude<LiveFrame, { type: "resync" }>): void {
  switch (frame.type) {
    case "hello":
    case "presence":
      desk.learnAgent(frame.agent);
      break;
    case "ticket":
      desk.learn(frame.ticket);
      break;
    case "message":
      foldMessage(desk, frame.ticket, frame.version, frame.message);
      break;
    case "change":
      if (desk.details.has(frame.ticket)) desk.learnMessage(frame.message);
      break;
    case "note":
      foldNote(desk, frame.note);
      break;
    case "escalated":
      desk.learn(frame.ticket);
      desk.escalated.add(frame.ticket.id);
      break;
    case "offer":
      desk.learnOffer(frame.offer);
      break;
    case "typing":
      foldTyping(desk, frame.ticket, frame.author.name);
      break;
    case "delivery":
      foldDelivery(desk, frame);
      break;
  }
  desk.changed();
}

function foldMessage(desk: Desk, id: number, version: number, message: Message): void {
  const detail = desk.details.get(id);
  if (detail) desk.learnMessage(message);
  if (detail && message.direction === "inbound") detail.typing = null;
  const ticket = desk.tickets.get(id);
  if (ticket && version >= ticket.version) desk.tickets.set(id, withLatest(ticket, version, message));
  if (message.direction === "inbound") markUnread(desk, id);
}

function withLatest(ticket: Ticket, version: number, message: Message): Ticket {
  return { ...ticket, version, updated_at: message.at, preview: message.text.slice(0, 200) };
}

function foldNote(desk: Desk, note: Note): void {
  desk.details.get(note.ticket)?.notes.set(note.id, note);
  if (note.author.id !== desk.me?.id) markUnread(desk, note.ticket);
}

function foldTyping(desk: Desk, id: number, name: string): void {
  const detail = desk.details.get(id);
  if (!detail) return;
  detail.typing = name || "The customer";
  setTimeout(() => {
    detail.typing = null;
    desk.changed();
  }, TYPING_SHOWN_MS);
}

function foldDelivery(desk: Desk, frame: Extract<LiveFrame, { type: "delivery" }>): void {
  const detail = desk.details.get(frame.ticket);
  if (!detail) return;
  const progress = { delivery: frame.delivery, delivery_reason: frame.reason };
  const message = detail.messages.get(frame.message);
  if (message) detail.messages.set(message.id, { ...message, ...progress });
  else detail.early.set(frame.message, progress);
}

function markUnread(desk: Desk, id: number): void {
  const reading = desk.route.ticket === id && document.visibilityState === "visible";
  if (!reading) desk.unread.add(id);
}
