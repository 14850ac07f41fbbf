// What an agent does. Each act asks the server, puts its answer on the desk, and shows the problem when it refuses;
// none decides beforehand what is allowed.
import { uuid7 } from "../shared/uuid7";
import { Problem, get, post, put, remove } from "./api";
import { attachAgain } from "./attach";
import type { Desk } from "./desk";
import type { Mode } from "./drafts";
import { loadBuried, loadTicket } from "./load";
import type { Unsent } from "./unsent";
import type {
  Agent,
  Buried,
  Customer,
  MergePreview,
  Message,
  Note,
  Offer,
  Participant,
  Presence,
  Priority,
  Suggestion,
  Ticket,
} from "./wire";

export function setPresence(desk: Desk, presence: Presence, reason = ""): Promise<void> {
  return attempt(desk, async () => desk.learnAgent(await put<Agent>("/agents/me/presence", { presence, reason })));
}

export function signOut(desk: Desk): Promise<void> {
  return attempt(desk, async () => {
    await remove("/session");
    desk.signedOut = true;
  });
}

/** The version makes it compare-and-set: who was slower is told who was faster. */
export function claim(desk: Desk, ticket: Ticket): Promise<void> {
  return assign(desk, ticket, { agent: "me", version: ticket.version });
}

export function assignTo(desk: Desk, ticket: Ticket, agent: number | null): Promise<void> {
  return assign(desk, ticket, { agent });
}

export function moveTo(desk: Desk, ticket: Ticket, queue: string): Promise<void> {
  return assign(desk, ticket, { queue });
}

export function solve(desk: Desk, ticket: Ticket, reason = "", remark = ""): Promise<void> {
  return setStatus(desk, ticket, { status: "solved", reason, remark });
}

export function setPriority(desk: Desk, ticket: Ticket, priority: Priority): Promise<void> {
  desk.escalated.delete(ticket.id);
  return change(desk, ticket, `/tickets/${ticket.id}/priority`, { priority });
}

/** Exactly these tags; whether they are: a refusal leaves what was typed to be mended. */
export async function setTags(desk: Desk, ticket: Ticket, tags: string[]): Promise<boolean> {
  return succeeds(desk, async () => {
    desk.learn(await put<Ticket>(`/tickets/${ticket.id}/tags`, { tags }));
  });
}

/** Whether supervisors were told; a refusal leaves what was written to be mended. */
export async function escalate(desk: Desk, ticket: Ticket, reason: string): Promise<boolean> {
  return succeeds(desk, async () => {
    desk.learn(await post<Ticket>(`/tickets/${ticket.id}/escalations`, { reason }, uuid7()));
  });
}

export async function previewMerge(desk: Desk, ticket: Ticket, into: number): Promise<MergePreview | null> {
  let preview: MergePreview | null = null;
  await attempt(desk, async () => {
    preview = await get<MergePreview>(`/tickets/${ticket.id}/merger?into=${into}`);
  });
  return preview;
}

/** The versions make it compare-and-set: what was previewed is what is merged. */
export async function merge(desk: Desk, { ticket, into }: MergePreview): Promise<void> {
  const body = { into: into.id, version: ticket.version, into_version: into.version };
  await attempt(desk, async () => {
    desk.learn(await put<Ticket>(`/tickets/${ticket.id}/merger`, body));
    await loadTicket(desk, ticket.id);
    desk.go({ view: desk.route.view, ticket: into.id });
  });
}

export function unmerge(desk: Desk, ticket: Ticket): Promise<void> {
  return attempt(desk, async () => {
    await remove(`/tickets/${ticket.id}/merger`);
    await loadTicket(desk, ticket.id);
  });
}

export function reopen(desk: Desk, ticket: Ticket): Promise<void> {
  return setStatus(desk, ticket, { status: "open" });
}

export function snooze(desk: Desk, ticket: Ticket, until: Date): Promise<void> {
  return setStatus(desk, ticket, { status: "snoozed", until: until.toISOString() });
}

export function answerOffer(desk: Desk, offer: Offer, state: "accepted" | "declined"): Promise<void> {
  return attempt(desk, async () => {
    desk.offers.delete(offer.id);
    desk.changed();
    try {
      desk.learnOffer(await put<Offer>(`/offers/${offer.id}`, { state }));
    } catch (error) {
      if (error instanceof Problem && error.status === 0) desk.offers.set(offer.id, offer);
      throw error;
    }
    if (state === "accepted") desk.go({ view: "mine", ticket: offer.ticket.id });
  });
}

export function say(desk: Desk, ticket: number, mode: Mode, text: string): Promise<void> {
  desk.forget();
  desk.drafts.set(ticket, mode, "");
  const files = mode === "reply" ? desk.attachments.take(ticket) : [];
  const article = mode === "reply" ? (quoted(desk, ticket, text)?.article ?? "") : "";
  return transmit(desk, desk.outgoing.begin(ticket, mode, text, files, article));
}

/** A suggestion goes out as it is, with its source; what is in the composer stays there. */
export function sayOf(desk: Desk, ticket: number, suggestion: Suggestion): Promise<void> {
  desk.forget();
  return transmit(desk, desk.outgoing.begin(ticket, "reply", suggestion.text, [], suggestion.article));
}

/** The suggestion that stands in a text word for word: its source goes with it. */
function quoted(desk: Desk, ticket: number, text: string): Suggestion | undefined {
  const { suggestions } = desk.detail(ticket);
  return suggestions?.find((suggestion) => suggestion.audience === "public" && text.includes(suggestion.text));
}

export function sayAgain(desk: Desk, item: Unsent): Promise<void> {
  return transmit(desk, desk.outgoing.again(item));
}

/** After an outage: what met no server goes out under the key it was born with, one after the other. */
export async function sayStrandedAgain(desk: Desk): Promise<void> {
  for (const item of desk.outgoing.stranded()) await sayAgain(desk, item);
}

/** Back into the composer, in the mode it was written in. */
export function takeBack(desk: Desk, item: Unsent): void {
  desk.drafts.add(item.ticket, item.mode, item.text);
  desk.attachments.restore(item.ticket, item.files);
  desk.outgoing.end(item);
  desk.setMode(item.mode);
}

export function repeatDelivery(desk: Desk, message: Message): Promise<void> {
  return attempt(desk, async () => {
    const repeated = await put<Message>(`/messages/${message.id}/delivery`, { state: "due" });
    desk.learnMessage(repeated);
  });
}

/** Whether it says so now; a refusal leaves what was typed to be mended. */
export async function editMessage(desk: Desk, message: Message, text: string): Promise<boolean> {
  let done = false;
  await attempt(desk, async () => {
    desk.learnMessage(await put<Message>(`/messages/${message.id}`, { text }));
    done = true;
  });
  return done;
}

export function deleteMessage(desk: Desk, message: Message): Promise<void> {
  return attempt(desk, async () => desk.learnMessage(await remove<Message>(`/messages/${message.id}`)));
}

/** In time, a reply comes back into the composer as it was written. */
export function withdraw(desk: Desk, message: Message): Promise<void> {
  return attempt(desk, async () => {
    desk.learnMessage(await put<Message>(`/messages/${message.id}/delivery`, { state: "withdrawn" }));
    desk.drafts.add(message.ticket, "reply", message.text);
    if (desk.route.ticket === message.ticket) desk.setMode("reply");
    attachAgain(desk, message);
  });
}

/** Whether they are in copy now; a refusal leaves what was typed to be mended. */
export async function addParticipant(desk: Desk, ticket: number, name: string, address: string): Promise<boolean> {
  let done = false;
  await attempt(desk, async () => {
    const added = await post<Participant>(`/tickets/${ticket}/participants`, { address, name }, uuid7());
    const detail = desk.detail(ticket);
    detail.participants = [...detail.participants.filter((one) => one.address !== added.address), added];
    done = true;
  });
  return done;
}

/** Whether the ticket is theirs now: of who wrote what a colleague forwarded. */
export async function giveToCustomer(desk: Desk, ticket: Ticket, name: string, address: string): Promise<boolean> {
  let done = false;
  await attempt(desk, async () => {
    desk.learn(await put<Ticket>(`/tickets/${ticket.id}/customer`, { address, name }));
    await loadTicket(desk, ticket.id);
    done = true;
  });
  return done;
}

export function liftSuppression(desk: Desk, customer: number): Promise<void> {
  return attempt(desk, async () => {
    await remove(`/customers/${customer}/suppression`);
    desk.customers.set(customer, await get<Customer>(`/customers/${customer}`));
  });
}

export function removeParticipant(desk: Desk, ticket: number, address: string): Promise<void> {
  return attempt(desk, async () => {
    await remove(`/tickets/${ticket}/participants/${encodeURIComponent(address)}`);
    const detail = desk.detail(ticket);
    detail.participants = detail.participants.filter((one) => one.address !== address);
  });
}

export function dig(desk: Desk, buried: Buried): Promise<void> {
  return attempt(desk, async () => {
    await put<void>(`/buried/${buried.loop}/${buried.id}`, { state: "due" });
    await loadBuried(desk);
  });
}

async function transmit(desk: Desk, item: Unsent): Promise<void> {
  desk.changed();
  try {
    await deliver(desk, item);
    desk.outgoing.end(item);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    desk.outgoing.fail(item, error);
    if (error.status === 401) desk.signedOut = true;
  }
  desk.changed();
}

/** The two ways are kept apart to the very request: no path leads from a note to a message. */
async function deliver(desk: Desk, { ticket, mode, text, files, article, key }: Unsent): Promise<void> {
  if (mode === "note") {
    const note = await post<Note>(`/tickets/${ticket}/notes`, { text }, key);
    desk.detail(ticket).notes.set(note.id, note);
  } else {
    desk.learnMessage(await post<Message>(`/tickets/${ticket}/messages`, { text, files, article: article ?? "" }, key));
  }
}

function assign(desk: Desk, ticket: Ticket, assignment: object): Promise<void> {
  return change(desk, ticket, `/tickets/${ticket.id}/assignment`, assignment);
}

function setStatus(desk: Desk, ticket: Ticket, status: object): Promise<void> {
  return change(desk, ticket, `/tickets/${ticket.id}/status`, status);
}

/** After a refusal the ticket is fetched: most often somebody else was faster and the screen is out of date. */
function change(desk: Desk, ticket: Ticket, path: string, body: object): Promise<void> {
  return attempt(desk, async () => {
    try {
      desk.learn(await put<Ticket>(path, body));
    } catch (error) {
      if (error instanceof Problem && error.status === 409) await loadTicket(desk, ticket.id);
      throw error;
    }
  });
}

async function succeeds(desk: Desk, act: () => Promise<void>): Promise<boolean> {
  let done = false;
  await attempt(desk, async () => {
    await act();
    done = true;
  });
  return done;
}

async function attempt(desk: Desk, act: () => Promise<void>): Promise<void> {
  desk.forget();
  try {
    await act();
  } catch (error) {
    desk.complain(error);
  }
  desk.changed();
}
