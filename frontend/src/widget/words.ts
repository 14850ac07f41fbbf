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
  return state.place <= 1
    ? "Waiting for a person: you are next"
    : `Waiting for a person: number ${state.place} in line`;
}

function closed(text: string): string {
  return `${text}: we are closed now and answer when we open`;
}
