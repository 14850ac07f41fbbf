// Everything the console knows, in one place that screens read. load.ts fills it, frames.ts folds live changes in,
// acts.ts changes the world and puts the answer here. Nothing in this file talks to the server.
import { paced } from "../shared/paced";
import { Problem } from "./api";
import { Attachments } from "./attachments";
import { Drafts, type Mode } from "./drafts";
import { type Route, addressOf, routeOf } from "./routes";
import { Outgoing } from "./unsent";
import { type View, viewOf } from "./views";
import type {
  Agent,
  Buried,
  CannedReply,
  Channel,
  Customer,
  Delivery,
  Figures,
  HistoryEvent,
  Message,
  Note,
  Offer,
  Participant,
  Queue,
  Suggestion,
  Ticket,
} from "./wire";

export type Progress = Pick<Message, "delivery" | "delivery_reason">;

/** What is known of one ticket beyond its row. */
export interface Detail {
  loaded: boolean;
  /** The server knows no such ticket. */
  missing: boolean;
  messages: Map<number, Message>;
  /** How far messages have got that are themselves not here yet. */
  early: Map<number, Progress>;
  notes: Map<number, Note>;
  events: HistoryEvent[];
  /** Who is answered besides the customer. */
  participants: Participant[];
  /** The address an answer goes to, where that is not said by the channel alone. */
  answersTo: string | null;
  suggestions: Suggestion[] | null;
  replies: CannedReply[] | null;
  typing: string | null;
}

const USUAL_WAY: (Delivery | null)[] = ["due", "sending", "sent", "delivered", "read"];

export type SideTab = "customer" | "suggestions" | "history";

export interface Shown {
  id: number;
  problem: Problem;
}

export class Desk {
  me: Agent | null = null;
  signedOut = false;
  /** Null until the first connection stands or fails. */
  live: boolean | null = null;
  route: Route = routeOf(new URL(location.href));
  mode: Mode = "reply";
  tab: SideTab = "customer";
  sideOpen = false;
  help = false;
  filter = "";
  queues: Queue[] = [];
  channels: Channel[] = [];
  figures: Figures[] = [];
  buried: Buried[] = [];
  /** What a ticket can be solved for; none: nothing need be said. */
  solveReasons: string[] = [];
  /** Whether this desk has any canned replies. */
  hasReplies = false;
  /** Tickets with which a supervisor was asked for help while this window was open. */
  readonly escalated = new Set<number>();
  problems: Shown[] = [];
  readonly agents = new Map<number, Agent>();
  readonly tickets = new Map<number, Ticket>();
  readonly details = new Map<number, Detail>();
  readonly customers = new Map<number, Customer>();
  readonly customerEvents = new Map<number, HistoryEvent[]>();
  readonly offers = new Map<number, Offer>();
  readonly unread = new Set<number>();
  /** Views fetched at least once, with the cursors of what is left. */
  readonly fetched = new Map<string, Map<string, string | null>>();
  readonly drafts = new Drafts();
  readonly attachments = new Attachments();
  readonly outgoing = new Outgoing();
  readonly changed: () => void;
  private shown = 0;

  constructor(private readonly draw: () => void) {
    this.changed = paced(draw);
  }

  /** Drawn at once: a letter typed in the next instant must find the composer of the new mode, not of the old. */
  setMode(mode: Mode): void {
    this.mode = mode;
    this.draw();
  }

  view(): View | null {
    return viewOf(this.route.view, this);
  }

  ticket(): Ticket | null {
    return this.route.ticket === null ? null : (this.tickets.get(this.route.ticket) ?? null);
  }

  channelOf({ channel }: Ticket): Channel | undefined {
    return this.channels.find(({ name }) => name === channel);
  }

  detail(ticket: number): Detail {
    let detail = this.details.get(ticket);
    if (!detail) this.details.set(ticket, (detail = emptyDetail()));
    return detail;
  }

  /** An older version never replaces a newer one, whichever way and in whatever order they come. */
  learn(ticket: Ticket): void {
    const known = this.tickets.get(ticket.id);
    if (!known || ticket.version >= known.version) this.tickets.set(ticket.id, ticket);
  }

  /** The answer to a request may be older than a live frame that overtook it: what was sent is not due again. */
  learnMessage(message: Message): void {
    const { messages, early } = this.detail(message.ticket);
    const before = messages.get(message.id);
    if (before && changedAt(before) > changedAt(message)) return; // a change overtook what was asked before it
    const known = before ?? early.get(message.id);
    messages.set(message.id, known && isBehind(message, known) ? { ...message, ...progressOf(known) } : message);
    const offered = message.pressed === null ? undefined : messages.get(message.pressed);
    if (offered) messages.set(offered.id, { ...offered, chosen: offered.choices.indexOf(message.text) });
  }

  learnAgent(agent: Agent): void {
    this.agents.set(agent.id, agent);
    if (agent.id === this.me?.id) this.me = agent;
  }

  learnOffer(offer: Offer): void {
    this.learn(offer.ticket);
    if (offer.state === "open") this.offers.set(offer.id, offer);
    else this.offers.delete(offer.id);
  }

  /** What was refused before is not what happens next. */
  forget(): void {
    this.problems = [];
  }

  go(route: Partial<Route>): void {
    this.forget();
    history.pushState(null, "", addressOf(route));
    this.arrive();
  }

  arrive(): void {
    const before = this.route;
    this.route = routeOf(new URL(location.href));
    if (this.route.ticket !== before.ticket) this.mode = "reply";
    if (this.route.view !== before.view) this.filter = "";
    if (this.route.ticket !== null) this.unread.delete(this.route.ticket);
    this.changed();
  }

  complain(error: unknown): void {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) this.signedOut = true;
    else if (!this.problems.some(({ problem }) => problem.detail === error.detail))
      this.problems.push({ id: ++this.shown, problem: error });
    this.changed();
  }

  dismiss(id: number): void {
    this.problems = this.problems.filter((shown) => shown.id !== id);
    this.changed();
  }
}

export function steers(agent: Agent | null): boolean {
  return agent?.role === "supervisor" || agent?.role === "admin";
}

/** Only along the usual way: a failure is always news, and so is another try after one. What was taken back stays so. */
function isBehind(message: Progress, known: Progress): boolean {
  if (known.delivery === "withdrawn") return true;
  const [here, there] = [message, known].map(({ delivery }) => USUAL_WAY.indexOf(delivery));
  return here! >= 0 && here! < there!;
}

function progressOf({ delivery, delivery_reason }: Progress): Progress {
  return { delivery, delivery_reason };
}

function emptyDetail(): Detail {
  return {
    loaded: false,
    missing: false,
    messages: new Map(),
    early: new Map(),
    notes: new Map(),
    events: [],
    participants: [],
    answersTo: null,
    suggestions: null,
    replies: null,
    typing: null,
  };
}

function changedAt({ edited_at, deleted_at }: Message): string {
  return deleted_at ?? edited_at ?? "";
}
