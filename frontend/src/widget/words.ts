// What the state line says. One place, so that the tone is one tone.
import type { ChatState } from "./wire";

export const ASK_FOR_A_PERSON = "Talk to a person";

export interface StateWords {
  tone: "calm" | "waiting" | "person" | "done" | "off";
  text: string;
}

export function describe(state: ChatState | null, connected: boolean): StateWords {
  if (!connected) return { tone: "off", text: state ? "Reconnecting… what you write is kept" : "Connecting…" };
  if (!state) return { tone: "calm", text: "Connected" };
  return described(state);
}

/** The assistant is the one who answers: nobody has taken the ticket and nobody was asked to. */
export function withAssistant(state: ChatState | null): boolean {
  return !!state && !state.agent && (state.status === "new" || state.status === "answered");
}

function described(state: ChatState): StateWords {
  const { status, agent } = state;
  switch (status) {
    case "none":
      return { tone: "calm", text: greeting(state.open_hours) };
    case "new":
      return { tone: "calm", text: "The assistant is reading" };
    case "open":
      return agent ? { tone: "person", text: `${agent} is with you` } : { tone: "waiting", text: waiting(state) };
    case "answered":
      return agent ? { tone: "person", text: `${agent} answered` } : { tone: "calm", text: "The assistant answered" };
    case "snoozed":
      return { tone: "waiting", text: agent ? `${agent} will come back to you` : "We will come back to you" };
    case "solved":
    case "closed":
      return { tone: "done", text: "Solved. Write again whenever you like" };
  }
}

/** Nobody may be at a desk just now; the assistant always is. */
function greeting(open: boolean): string {
  return `The assistant answers at once, people ${open ? "when they are there" : "when we open again"}`;
}

function waiting(state: ChatState): string {
  if (!state.open_hours) return closed("Your message is waiting for us");
  if (state.place === null) return "Waiting for a person";
  const line = state.place <= 1 ? "you are next" : `number ${state.place} in line`;
  return `Waiting for a person: ${line}${state.wait ? `, ${span(...state.wait)}` : ""}`;
}

/** Seconds as people speak of them. */
function span(from: number, to: number): string {
  if (to <= 60) return "about a minute or less";
  const [low, high] = [Math.floor(from / 60), Math.ceil(to / 60)];
  if (high < 120) return low > 0 && low < high ? `about ${low} to ${high} minutes` : `up to ${high} minutes`;
  const [first, last] = [Math.floor(low / 60), Math.ceil(high / 60)];
  return first > 0 && first < last ? `about ${first} to ${last} hours` : `up to ${last} hours`;
}

function closed(text: string): string {
  return `${text}: we are closed now and answer when we open`;
}
