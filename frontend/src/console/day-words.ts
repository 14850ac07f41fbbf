// Figures as people read them.
import type { Estimate, ServiceLevel } from "./wire";

export const TITLES: Record<string, string> = {
  asked: "Began with the assistant",
  handed: "Passed on to people",
  contained: "Settled by the assistant",
  offered: "Came to people",
  answered: "Answered",
  answered_in_time: "Answered in time",
  first_response: "First responses",
  abandoned: "Left while waiting",
  short_abandoned: "Left within 10 s",
  dismissed: "Ended without a word",
  merged: "Merged while waiting",
  awaited: "Ours again after an answer",
  next_response: "Next responses",
  replied: "Replies",
  solved: "Solved",
  reopened: "Reopened",
  transferred: "Moved to another queue",
  first_kept: "First answers promised: kept",
  first_missed: "First answers promised: missed",
  next_kept: "Next answers promised: kept",
  next_missed: "Next answers promised: missed",
  resolution_kept: "Solutions promised: kept",
  resolution_missed: "Solutions promised: missed",
  offers: "Offers to agents",
  accepted: "Offers accepted",
  declined: "Offers declined",
  expired: "Offers run out",
  withdrawn: "Offers withdrawn",
  held: "Tickets in hand",
  rated: "Ratings",
  satisfied: "Satisfied (4 or 5)",
  settled: "Settled: solved, and nothing more in 7 days",
};

export function percent(share: Estimate | null | undefined): string {
  return share ? `${round(share.value * 100)} %` : "none";
}

/** Where the true value is to be looked for, and of how many it was made. */
export function surely(share: Estimate): string {
  return `95 %: ${round(share.low * 100)} to ${round(share.high * 100)}, of ${share.cases}`;
}

export function within({ formula, answer_within_seconds }: ServiceLevel): string {
  return `${formula}, within ${took(answer_within_seconds)}`;
}

/** 45 s, 3 min 20 s, 2 h 5 min. */
export function took(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ""}`;
  return `${Math.floor(whole / 3600)} h${whole % 3600 >= 60 ? ` ${Math.floor((whole % 3600) / 60)} min` : ""}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** 14:05 by the desk's clocks, wherever its reader is. */
export function clock(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone }).format(at);
}
