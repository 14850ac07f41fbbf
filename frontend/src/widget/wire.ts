// The frames and answers of web chat, exactly as they travel.

export interface Author {
  kind: "customer" | "agent" | "assistant";
  name: string;
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
  checked: string | null;
}

export interface Message {
  seq: number;
  id: string;
  author: Author;
  text: string;
  at: string;
  files: SentFile[];
  source: Source | null;
  client_id: string | null;
  /** Short answers offered with it, and the one that was taken last. */
  choices: string[];
  chosen: number | null;
  /** The id of the message whose choice these words take. */
  pressed: string | null;
  edited?: boolean;
  /** Taken away: there is no text any more. */
  deleted?: boolean;
}

export interface Change {
  seq: number;
  id: string;
  text: string;
  deleted: boolean;
}

export interface ChatState {
  ticket: number | null;
  status: "none" | "new" | "open" | "answered" | "snoozed" | "solved" | "closed";
  agent: string | null;
  place: number | null;
  open_hours: boolean;
  /** Seconds still to wait, from and to; null while too little is known. */
  wait: [number, number] | null;
}

export interface Refusal {
  title: string;
  detail: string;
}

export type ServerFrame =
  | { type: "ack"; id: string; seq: number }
  | ({ type: "message" } & Message)
  | ({ type: "change" } & Change)
  | ({ type: "state" } & ChatState)
  | { type: "typing"; author: Author }
  | ({ type: "error"; id: string | null; retry: boolean } & Refusal);

export interface Session {
  token: string;
  title: string;
  files: boolean;
  limits: { text: number; file: number };
}

export interface UploadedFile {
  file: string;
  name: string;
  type: string;
  size: number;
}
