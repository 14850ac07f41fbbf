// Putting files to a reply. What cannot go is refused here, in words and before a byte of it is sent; what was written
// and attached before stays as it is.
import { size } from "../shared/sizes";
import { Problem, bytes, upload } from "./api";
import type { Named } from "./attachments";
import type { Desk } from "./desk";
import { kindWord } from "./kinds";
import type { Message, Ticket } from "./wire";

export function attach(desk: Desk, ticket: Ticket, files: File[]): void {
  const refused = refusal(desk, ticket, files);
  desk.attachments.refuse(ticket.id, refused);
  if (!refused) for (const file of files) void goUp(desk, ticket.id, file, async () => file);
  desk.changed();
}

/** The files of a reply that came back, into the composer with its text. */
export function attachAgain(desk: Desk, { ticket, files }: Message): void {
  for (const file of files)
    void goUp(desk, ticket, file, async () => new Blob([await bytes(file.url)], { type: file.type }));
}

/** How many bytes of files a reply carries; 0: none. */
export function filesLimit(desk: Desk, ticket: Ticket): number {
  return desk.channelOf(ticket)?.files_limit ?? 0;
}

/** It is in the list before anything is awaited: no reply can leave without it. */
async function goUp(desk: Desk, ticket: number, named: Named, content: () => Promise<Blob>): Promise<void> {
  const { attachments } = desk;
  const { key } = attachments.begin(ticket, named);
  const change = (by: Parameters<typeof attachments.change>[2]) => {
    attachments.change(ticket, key, by);
    desk.changed();
  };
  desk.changed();
  try {
    change({ done: await upload(await content(), named.name, (progress) => change({ progress })) });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    change({ trouble: error.detail });
    if (error.status === 401) desk.signedOut = true;
  }
}

function refusal(desk: Desk, ticket: Ticket, files: File[]): string | null {
  const limit = filesLimit(desk, ticket);
  if (desk.mode === "note") return "A note carries no files: choose Reply first.";
  if (!limit) return `A reply by ${kindWord(ticket.kind)} carries no files.`;
  const total = [...desk.attachments.of(ticket.id), ...files].reduce((sum, file) => sum + file.size, 0);
  return total > limit ? tooMuch(total, limit, ticket.kind) : null;
}

function tooMuch(total: number, limit: number, kind: string): string {
  const carrier = kind === "email" ? "a mail" : "a message";
  const [has, can] = [size(total), size(limit)];
  return `These files have ${has === can ? "a little more than " : ""}${has}; ${carrier} carries ${can}.`;
}
