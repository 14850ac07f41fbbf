// Fetching what is shown. Everything here may be asked again at any time and only adds or renews: after a broken
// connection, `refresh` fetches exactly what is on the screen.
import { Problem, all, get } from "./api";
import { type Desk, steers } from "./desk";
import { type View, viewOf } from "./views";
import type {
  Agent,
  Buried,
  CannedReply,
  Channel,
  Customer,
  Figures,
  HistoryEvent,
  Message,
  Note,
  Offer,
  Page,
  Participant,
  Queue,
  Suggestion,
  Ticket,
} from "./wire";

const QUEUE_PAGES = 10;

/** Who am I? Everything else waits for that. */
export async function loadMe(desk: Desk): Promise<void> {
  desk.me = await get<Agent>("/me");
  desk.learnAgent(desk.me);
}

export async function refresh(desk: Desk): Promise<void> {
  const mine = loadView(desk, viewOf("mine", desk)!);
  const frame = [loadQueues(desk), loadChannels(desk), loadAgents(desk), loadOffers(desk), loadBuried(desk), loadPrepared(desk)];
  const attempts = [...frame, mine, loadShown(desk)];
  await Promise.all(attempts.map((attempt) => attempt.catch((error) => desk.complain(error))));
  desk.changed();
}

/** What the present address shows. */
export async function loadShown(desk: Desk): Promise<void> {
  const { page, ticket } = desk.route;
  const view = desk.view();
  const parts: Promise<void>[] = [];
  if (ticket !== null) parts.push(loadTicket(desk, ticket));
  if (view && !page) parts.push(loadView(desk, view));
  if (page === "figures") parts.push(loadFigures(desk));
  if (page === "buried") parts.push(loadBuried(desk));
  if (page === "channels") parts.push(loadChannels(desk));
  await Promise.all(parts);
}

export async function loadView(desk: Desk, view: View): Promise<void> {
  const cursors = new Map<string, string | null>();
  await Promise.all(view.queries.map((query) => loadPages(desk, view, query, cursors)));
  desk.fetched.set(view.key, cursors);
  desk.changed();
}

export async function loadMore(desk: Desk, view: View): Promise<void> {
  const cursors = desk.fetched.get(view.key);
  if (!cursors) return;
  const left = [...cursors].filter(([, cursor]) => cursor !== null);
  await Promise.all(left.map(([query, cursor]) => loadPage(desk, query, cursor, cursors)));
  desk.changed();
}

export async function loadTicket(desk: Desk, id: number): Promise<void> {
  const found = Promise.all([loadRow(desk, id), loadConversation(desk, id)]);
  const [ticket] = await found.catch((error) => missing(desk, id, error));
  if (!ticket) return;
  desk.detail(id).loaded = true;
  desk.changed();
  await Promise.all([loadSide(desk, ticket), loadSuggestions(desk, id), loadParticipants(desk, ticket)]);
  desk.changed();
}

export async function loadHistory(desk: Desk, id: number): Promise<void> {
  desk.detail(id).events = await all<HistoryEvent>(`/tickets/${id}/history`);
  desk.changed();
}

export async function loadCustomerHistory(desk: Desk, customer: number): Promise<void> {
  desk.customerEvents.set(customer, await all<HistoryEvent>(`/customers/${customer}/history`));
  desk.changed();
}

/** Only a mail is written to more than one. */
export async function loadParticipants(desk: Desk, { id, kind }: Ticket): Promise<void> {
  if (kind !== "email") return;
  const { to, items } = await get<Page<Participant> & { to: string }>(`/tickets/${id}/participants`);
  Object.assign(desk.detail(id), { participants: items, answersTo: to });
  desk.changed();
}

export async function loadChannels(desk: Desk): Promise<void> {
  desk.channels = (await get<Page<Channel>>("/channels")).items;
  desk.changed();
}

/** The texts as I would say them in this ticket. */
export async function loadReplies(desk: Desk, id: number): Promise<void> {
  desk.detail(id).replies = (await get<Page<CannedReply>>(`/replies?ticket=${id}`)).items;
  desk.changed();
}

export async function loadSuggestions(desk: Desk, id: number): Promise<void> {
  desk.detail(id).suggestions = (await get<Page<Suggestion>>(`/tickets/${id}/suggestions`)).items;
  desk.changed();
}

/** What one ticket changing hands moves: the figures of queues, how much each agent has taken, what was given up. */
export async function loadNumbers(desk: Desk): Promise<void> {
  await Promise.all([loadFigures(desk), loadAgents(desk), loadBuried(desk)]);
  desk.changed();
}

export async function loadFigures(desk: Desk): Promise<void> {
  desk.figures = (await get<Page<Figures>>("/queues/figures")).items;
  desk.changed();
}

export async function loadBuried(desk: Desk): Promise<void> {
  if (steers(desk.me)) desk.buried = await all<Buried>("/buried");
  desk.changed();
}

/** What was prepared for this desk; it changes with a restart. */
async function loadPrepared(desk: Desk): Promise<void> {
  desk.solveReasons = (await get<Page<string>>("/solve-reasons")).items;
  desk.hasReplies = (await get<Page<CannedReply>>("/replies")).items.length > 0;
}

async function loadQueues(desk: Desk): Promise<void> {
  desk.queues = (await get<Page<Queue>>("/queues")).items;
  await loadFigures(desk);
}

async function loadAgents(desk: Desk): Promise<void> {
  for (const agent of await all<Agent>("/agents")) desk.learnAgent(agent);
}

async function loadOffers(desk: Desk): Promise<void> {
  const offers = await all<Offer>("/offers");
  desk.offers.clear();
  for (const offer of offers) desk.learnOffer(offer);
}

/** A queue is read to its end, since who has waited longest is on its last page; other lists stop at the first. */
async function loadPages(desk: Desk, view: View, query: string, cursors: Map<string, string | null>): Promise<void> {
  const pages = view.key.startsWith("queue/") ? QUEUE_PAGES : 1;
  await loadPage(desk, query, null, cursors);
  for (let page = 1; page < pages && cursors.get(query); page++)
    await loadPage(desk, query, cursors.get(query)!, cursors);
}

async function loadPage(
  desk: Desk,
  query: string,
  cursor: string | null,
  cursors: Map<string, string | null>,
): Promise<void> {
  const after = cursor ? `&after=${encodeURIComponent(cursor)}` : "";
  const page = await get<Page<Ticket>>(`/tickets?${query}${after}&limit=50`);
  for (const ticket of page.items) desk.learn(ticket);
  cursors.set(query, page.next);
}

async function loadRow(desk: Desk, id: number): Promise<Ticket> {
  const ticket = await get<Ticket>(`/tickets/${id}`);
  desk.learn(ticket);
  desk.changed();
  return ticket;
}

/** An address may name a ticket that never was: the pane says so, and nothing is complained about. */
function missing(desk: Desk, id: number, error: unknown): [] {
  if (!(error instanceof Problem) || error.status !== 404) throw error;
  desk.detail(id).missing = true;
  desk.changed();
  return [];
}

async function loadConversation(desk: Desk, id: number): Promise<void> {
  const [messages, notes] = await Promise.all([
    all<Message>(`/tickets/${id}/messages`),
    all<Note>(`/tickets/${id}/notes`),
  ]);
  const detail = desk.detail(id);
  for (const message of messages) desk.learnMessage(message);
  for (const note of notes) detail.notes.set(note.id, note);
}

async function loadSide(desk: Desk, ticket: Ticket): Promise<void> {
  const [customer, tickets] = await Promise.all([
    get<Customer>(`/customers/${ticket.customer.id}`),
    get<Page<Ticket>>(`/tickets?customer=${ticket.customer.id}&limit=20`),
    loadHistory(desk, ticket.id),
  ]);
  desk.customers.set(customer.id, customer);
  for (const other of tickets.items) desk.learn(other);
}
