// The nouns of /api/v1, exactly as they travel.

export type Role = "agent" | "supervisor" | "admin";
export type Presence = "available" | "away" | "offline";
export type Status = "new" | "open" | "answered" | "snoozed" | "solved" | "closed";
export type Delivery = "due" | "sending" | "sent" | "delivered" | "read" | "unknown" | "buried";

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface Agent {
  id: number;
  name: string;
  email: string;
  role: Role;
  presence: Presence;
  presence_since: string;
  queues: string[];
  capacity: number;
  load: number;
}

export interface Queue {
  name: string;
  title: string;
  open_now: boolean;
  /** When it opens next; null while it is open. */
  opens_at: string | null;
}

export interface Figures {
  queue: string;
  waiting: number;
  open: number;
  answered: number;
  snoozed: number;
  new: number;
  oldest_waiting_since: string | null;
  agents_available: number;
}

export interface Ticket {
  id: number;
  subject: string;
  status: Status;
  queue: string;
  assignee: { id: number; name: string } | null;
  customer: { id: number; name: string };
  channel: string;
  kind: string;
  priority: "low" | "normal" | "high" | "urgent";
  version: number;
  created_at: string;
  updated_at: string;
  waiting_since: string | null;
  snoozed_until: string | null;
  handoff: string | null;
  preview: string;
}

export interface SentFile {
  name: string;
  type: string;
  size: number;
  url: string;
}

export interface Source {
  title: string;
  url: string | null;
  passage: string;
  checked: string | null;
  score: number;
}

export interface Author {
  kind: "customer" | "agent" | "assistant";
  id: number | null;
  name: string;
}

export interface Message {
  id: number;
  ticket: number;
  seq: number;
  direction: "inbound" | "outbound";
  author: Author;
  text: string;
  at: string;
  delivery: Delivery | null;
  delivery_reason: string | null;
  proof: { method: string } | null;
  files: SentFile[];
  source: Source | null;
}

export interface Note {
  id: number;
  ticket: number;
  author: Author;
  text: string;
  at: string;
}

export interface HistoryEvent {
  customer: number;
  position: number;
  kind: string;
  at: string;
  actor: string;
  ticket: number | null;
  payload: Record<string, unknown>;
  digest: string;
}

export interface Suggestion {
  article: string;
  title: string;
  text: string;
  score: number;
  url: string | null;
}

export interface Offer {
  id: number;
  ticket: Ticket;
  agent: number;
  state: "open" | "accepted" | "declined" | "expired" | "withdrawn";
  reasons: string[];
  created_at: string;
  expires_at: string;
}

export interface Customer {
  id: number;
  name: string;
  created_at: string;
  identities: { kind: string; address: string; proven_at: string | null; method: string | null }[];
  claims: { kind: string; value: string; at: string }[];
}

export interface Buried {
  loop: "inbox" | "assistant" | "router" | "outbox" | "upkeep";
  id: number;
  stream: string;
  attempts: number;
  error: string;
  created_at: string;
}

export type LiveFrame =
  | { type: "hello"; agent: Agent }
  | { type: "message"; ticket: number; version: number; message: Message }
  | { type: "ticket"; ticket: Ticket }
  | { type: "note"; ticket: number; note: Note }
  | { type: "offer"; offer: Offer }
  | { type: "presence"; agent: Agent }
  | { type: "typing"; ticket: number; author: Author }
  | { type: "delivery"; ticket: number; message: number; delivery: Delivery; reason: string | null }
  | { type: "resync" };
