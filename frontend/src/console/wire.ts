// The nouns of /api/v1, exactly as they travel.

export type Role = "agent" | "supervisor" | "admin";
export type Presence = "available" | "away" | "offline";
export type Status = "new" | "open" | "answered" | "snoozed" | "solved" | "closed";
export type Delivery = "due" | "sending" | "sent" | "delivered" | "read" | "unknown" | "buried" | "withdrawn";

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
  /** Why the desk set it; null when they did. */
  presence_reason: string | null;
  /** Their own reason for not being there. */
  away_for: string | null;
  queues: string[];
  capacity: number;
  load: number;
  /** What they can do, from 1 (a beginner) to 5 (an expert). */
  skills: Record<string, number>;
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

/** A share (0 to 1) or a mean (seconds), where its true value is to be looked for, and of how many it was made. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
  cases: number;
}

export interface ServiceLevel {
  formula: string;
  answer_within_seconds: number;
}

export interface Served {
  begin: string;
  figures: Record<string, number>;
  service_level: Estimate | null;
}

export interface Wallboard {
  at: string;
  service_level: ServiceLevel;
  today: Served;
  last_half_hour: Served;
  waiting: number;
  room: number;
  queues: {
    queue: string;
    waiting: number;
    oldest_waiting_since: string | null;
    agents_available: number;
    room: number;
    backlog: { tickets: number; median_seconds: number | null; oldest_seconds: number | null };
  }[];
  agents: Agent[];
}

export interface DayFigures {
  begin: string;
  end: string;
  timezone: string;
  service_level: ServiceLevel;
  figures: Record<string, number>;
  shares: Record<string, Estimate | null>;
  times: Record<string, { mean: Estimate | null; median: number | null; p90: number | null }>;
  queues: { queue: string; figures: Record<string, number>; service_level: Estimate | null }[];
  items: FigureCell[];
}

export interface FigureCell {
  begin: string;
  queue: string;
  channel: string;
  figures: Record<string, number>;
}

/** What an agent did: how long they were in each presence, and of that with tickets open in their hands. */
export interface Shift {
  agent: number;
  name: string;
  seconds: Partial<Record<Presence, number>>;
  handling_seconds: number;
  occupancy: number | null;
  figures: Record<string, number>;
  reason_seconds: Record<string, number>;
}

/** What became of the tickets that the assistant answered in. */
export type AnswerOutcome = "given" | "handed" | "settled" | "came_back" | "open";

/** An article on a channel: in how many tickets the assistant answered from it. */
export interface AnswersOf {
  article: string;
  /** Null where the article is gone. */
  title: string | null;
  channel: string;
  answers: number;
  tickets: Record<AnswerOutcome, number>;
  shares: Record<string, Estimate | null>;
}

export interface AnswersTold {
  begin: string;
  end: string;
  timezone: string;
  /** All tickets of that time. */
  opened: number;
  answers: number;
  tickets: Record<AnswerOutcome, number>;
  shares: Record<string, Estimate | null>;
  automation: Estimate | null;
  items: AnswersOf[];
}

export interface GivenAnswer {
  id: number;
  at: string;
  ticket: number;
  subject: string;
  status: string;
  message: number;
  article: string;
  queue: string;
  channel: string;
  score: number;
}

/** What is expected of a day by quarters of an hour, and how many agents it takes. */
export interface Outlook {
  day: string;
  service_level: ServiceLevel;
  answer_share: number;
  handling_seconds: number;
  patience_seconds: number | null;
  days_known: number;
  day_off: boolean;
  items: {
    time: string;
    expected: number;
    low: number;
    high: number;
    present: number;
    scheduled: number;
    service_level: number;
  }[];
}

export interface Tally {
  id: number;
  at: string;
  ticket: number;
  subject: string;
  status: string;
  queue: string;
  channel: string;
  agent: number | null;
  seconds: number | null;
  rating: number | null;
}

export type Priority = "urgent" | "high" | "normal" | "low";

/** Who asked supervisors for help with a ticket, and why. */
export interface Escalation {
  by: { id: number; name: string };
  reason: string;
  at: string;
}

/** A text that agents need again and again, with the names of one ticket filled in. */
export interface CannedReply {
  name: string;
  title: string;
  text: string;
}

export interface MergePreview {
  ticket: Ticket;
  into: Ticket;
  messages: number;
  notes: number;
}

export interface Ticket {
  id: number;
  subject: string;
  status: Status;
  queue: string;
  assignee: { id: number; name: string } | null;
  /** `proven`: some message from that address was. */
  customer: { id: number; name: string; address: string; proven: boolean };
  channel: string;
  kind: string;
  priority: Priority;
  version: number;
  created_at: string;
  updated_at: string;
  waiting_since: string | null;
  snoozed_until: string | null;
  handoff: string | null;
  preview: string;
  /** What the customer's app or browser is set to, as BCP 47. */
  language: string | null;
  /** Why a reply would not reach the customer. */
  unreachable: string | null;
  escalation: Escalation | null;
  /** The ticket that goes on with what was said in this one. */
  merged_into: number | null;
  /** 1 to 5, as the customer said. */
  rating: number | null;
  /** What was promised of it; null where its queue promises nothing. */
  promise: Promised | null;
  tags: string[];
  /** What it asks of whoever takes it, the longer it waits the less. */
  needs: Needs | null;
  /** Of its talk with the assistant, once that passed it on. */
  summary: Summary | null;
}

/** What was asked, the titles of what was told, the data that were given, and the articles that are near. */
export interface Summary {
  asked: string[];
  answered: string[];
  collected: Record<string, string>;
  suggestions: { article: string; title: string; score: number }[];
}

/** Steps by seconds of waiting; a queue that is named may take it besides its own. */
export interface Needs {
  steps?: { after: number; skills?: Record<string, number>; queues?: string[] }[];
  wanted?: Record<string, number>;
}

export type Target = "first_response" | "next_response" | "resolution";

/** `due` is null while its clock stands. `warned`: a step of the ladder was taken. */
export interface PromisedTarget {
  due: string | null;
  at_risk_at: string | null;
  warned: boolean;
  kept_at: string | null;
  missed: boolean;
}

/** `target`: whose deadline matters now. */
export type Promised = { name: string; target: Target | "" } & Record<Target, PromisedTarget | null>;

export interface ChannelSide {
  /** none: the channel is configured without it. */
  state: "working" | "failing" | "unknown" | "none";
  /** It has been failing for minutes. */
  alarm: boolean;
  succeeded_at: string | null;
  failing_since: string | null;
  error: string | null;
  /** Since when it is this error; the failure may be older. */
  error_since: string | null;
}

/** What a channel carries, and how it is doing: what its provider has, and how much of that is here. */
export interface Channel {
  name: string;
  kind: string;
  queue: string;
  state: ChannelSide["state"];
  alarm: boolean;
  receiving: ChannelSide;
  sending: ChannelSide;
  found: number;
  recorded: number;
  /** Of those found, how many cannot be had. */
  stuck: number;
  backlog: number;
  buried: number;
  /** Bytes of files that one message carries; 0: none. */
  files_limit: number;
  undo_seconds: number;
  /** What was delivered can be changed and taken away. */
  changes: boolean;
}

export interface SentFile {
  name: string;
  type: string;
  size: number;
  url: string;
  /** Until it is stored there is nothing to open: it lies with the provider. */
  state: "stored" | "fetching" | "failed";
  /** Why it could not be fetched. */
  trouble: string | null;
}

/** The server's answer to an upload, and what a reply names it by. */
export interface UploadedFile {
  file: string;
  name: string;
  type: string;
  size: number;
}

/** A stretch of a text that a reader may skip, counted in code points and not in JavaScript's units. */
export interface Fold {
  start: number;
  end: number;
  kind: "quote" | "signature";
}

export interface Participant {
  address: string;
  name: string;
  /** Nobody had written to them; they answered. */
  joined: boolean;
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
  /** What makes it a robot's; blank: a person wrote it. */
  automatic: string;
  folds: Fold[];
  /** What an agent should know of it, in sentences. */
  remarks: string[];
  /** Short answers offered with it, and the one that was taken last. */
  choices: string[];
  chosen: number | null;
  /** The message whose choice these words take. */
  pressed: number | null;
  /** Its sender laid it out, and it can be shown so. */
  markup: boolean;
  files: SentFile[];
  source: Source | null;
  edited_at: string | null;
  deleted_at: string | null;
  /** The earlier message it answers; a text that was taken away is blank. */
  answers: { id: number; author: Author; text: string } | null;
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
  /** How sure it is that this is the right one, 0 to 1. */
  score: number;
  url: string | null;
  audience: "public" | "agents";
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
  identities: Identity[];
  claims: { kind: string; value: string; at: string }[];
}

export interface Identity {
  kind: string;
  address: string;
  proven_at: string | null;
  method: string | null;
  /** Why nothing automatic goes there. */
  suppressed: string | null;
  /** Why nothing of ours reaches it, on one channel or more. */
  unreachable: string | null;
}

export interface Buried {
  loop: "inbox" | "assistant" | "router" | "outbox" | "upkeep" | "files";
  id: number;
  stream: string;
  attempts: number;
  error: string;
  created_at: string;
}

export type LiveFrame =
  | { type: "hello"; agent: Agent }
  | { type: "message"; ticket: number; version: number; message: Message }
  | { type: "change"; ticket: number; message: Message }
  | { type: "ticket"; ticket: Ticket }
  | { type: "note"; ticket: number; note: Note }
  | { type: "offer"; offer: Offer }
  | { type: "presence"; agent: Agent }
  | { type: "typing"; ticket: number; author: Author }
  | { type: "delivery"; ticket: number; message: number; delivery: Delivery; reason: string | null }
  | { type: "escalated"; ticket: Ticket; escalation: Escalation }
  | { type: "merged"; ticket: number; into: number; undone: boolean }
  | { type: "participants"; ticket: number }
  | { type: "resync" };

/** A sample question for an article, or an article for questions that have none. */
export interface Proposal {
  id: number;
  kind: "article" | "sample";
  article: string | null;
  title: string;
  questions: string[];
  text: string;
  tickets: number;
  answered: number;
  answered_alike: number;
  weekly: number;
  saved_weekly: number;
  state: "proposed" | "approved" | "declined";
  /** The tickets it was made of. */
  of: number[];
}
