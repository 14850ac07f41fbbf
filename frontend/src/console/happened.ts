// One line for one event of the history: what it did, with the names and words the rest of the desk uses.
import { clockTime, day } from "../shared/times";
import type { Desk } from "./desk";
import { PROMISED } from "./deadline";
import { DELIVERY } from "./delivery";
import { STATUS } from "./status";
import type { Delivery, HistoryEvent, Status, Target, Ticket } from "./wire";

export function happened(desk: Desk, event: HistoryEvent, ticket: Ticket): string {
  const { agent, queue, status, delivery, state, article, address, priority, into, ticket: number, score, target } =
    event.payload;
  switch (event.kind) {
    case "StatusChanged":
      if (status === "snoozed") return `Snoozed${until(desk, event, ticket)}`;
      return `Status: ${lower(STATUS[status as Status])}`;
    case "DeliverySettled":
      return DELIVERY[delivery as Delivery];
    case "TicketOffered":
      return `Offered to ${agentName(desk, agent)}`;
    case "OfferClosed":
      return `Offer to ${agentName(desk, agent)} ${state}`;
    case "TicketAssigned":
      return `Assigned to ${agentName(desk, agent)}`;
    case "TicketReleased":
      return `No longer with ${agentName(desk, agent)}`;
    case "TicketTransferred":
      return `Moved to ${desk.queues.find(({ name }) => name === queue)?.title ?? queue}`;
    case "AnswerGiven":
      return `Answered from “${article}”`;
    case "AskedBack":
      return "Asked which article was meant";
    case "PhraseSaid":
      return `Said: ${event.payload.kind}`;
    case "StayedSilent":
      return "The assistant said nothing";
    case "DataCollected":
      return `The customer gave: ${event.payload.name}`;
    case "ToolAsked":
      return `${event.payload.tool} was asked: ${event.payload.outcome}`;
    case "CustomerChanged":
      return "Given to who wrote it";
    case "ParticipantAdded":
      return `In copy from now on: ${address}`;
    case "ParticipantRemoved":
      return `No longer in copy: ${address}`;
    case "AutomaticWithheld":
      return "No automatic answer was sent";
    case "MessageEdited":
      return event.actor === "customer" ? "The customer changed a message" : "A message of ours was changed";
    case "MessageDeleted":
      return event.actor === "customer" ? "The customer deleted a message" : "A message of ours was taken away";
    case "AlbumGrew":
      return "More files of an album";
    case "ChangeSettled":
      return event.payload.reason ? "The customer was not shown the change" : "The customer was shown the change";
    case "CustomerUnreachable":
      return "Cannot be reached here any more";
    case "CustomerReachable":
      return "Can be reached here again";
    case "TicketEscalated":
      return `Supervisors asked for help: ${priority}`;
    case "PriorityChanged":
      return `Priority: ${priority}`;
    case "RulesApplied":
      return `Sorted by rules: ${words(event.payload.rules)}`;
    case "TicketTagged":
      return tagged(words(event.payload.added), words(event.payload.removed));
    case "TicketMerged":
      return number === ticket.id ? `Merged into #${into}` : `#${number} was merged into this`;
    case "TicketUnmerged":
      return number === ticket.id ? "Taken out again" : `#${number} was taken out again`;
    case "DeadlineNear":
      return `${promised(target)} is due soon`;
    case "DeadlineMissed":
      return `${promised(target)} is late`;
    case "StillLate":
      return `${promised(target)} is still late`;
    case "PromiseKept":
      return `${promised(target)} in time`;
    case "KeptLate":
      return `${promised(target)} given late`;
    case "SatisfactionAsked":
      return "Asked how satisfied they are";
    case "SatisfactionGiven":
      return `Rated: ${score} of 5`;
    case "MessageWithdrawn":
      return "A reply was taken back";
    default:
      return sentence(event.kind);
  }
}

/** The moment stands on the ticket and not in the event, so it belongs to the last snooze, while that lasts. */
function until(desk: Desk, event: HistoryEvent, { id, status, snoozed_until }: Ticket): string {
  const last = desk.detail(id).events.filter(({ kind }) => kind === "StatusChanged").at(-1);
  if (status !== "snoozed" || !snoozed_until || last?.digest !== event.digest) return "";
  const today = new Date(snoozed_until).toDateString() === new Date().toDateString();
  return ` until ${today ? "" : `${day(snoozed_until)}, `}${clockTime(snoozed_until)}`;
}

function promised(target: unknown): string {
  return PROMISED[target as Target] ?? String(target);
}

function tagged(added: string, removed: string): string {
  if (!removed) return `Tagged: ${added}`;
  return added ? `Tagged: ${added}; no longer: ${removed}` : `No longer tagged: ${removed}`;
}

function words(list: unknown): string {
  return Array.isArray(list) ? list.join(", ") : "";
}

function agentName(desk: Desk, id: unknown): string {
  return desk.agents.get(Number(id))?.name ?? `agent ${id}`;
}

/** TicketAssigned is "Ticket assigned". */
function sentence(kind: string): string {
  const words = lower(kind.replace(/([a-z])([A-Z])/g, "$1 $2"));
  return words[0]!.toUpperCase() + words.slice(1);
}

function lower(words: string): string {
  return words.toLowerCase();
}
