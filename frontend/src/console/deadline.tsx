// What was promised of a ticket: how long it still has, in words, and in a colour once it is at risk or late.
import { duration, fullTime } from "../shared/times";
import { serverClock } from "./clock";
import type { PromisedTarget, Target, Ticket } from "./wire";

export const PROMISED: Record<Target, string> = {
  first_response: "First answer",
  next_response: "Next answer",
  resolution: "Solution",
};

/** In a list: the one deadline that matters now. */
export function DueMark({ promised }: { promised: Running }) {
  const [state, words] = told(promised, promised.due);
  const title = `${PROMISED[promised.target]} due ${fullTime(promised.due)}`;
  return (
    <time class={`due due-${state}`} dateTime={promised.due} title={title} data-testid="due">
      {words}
    </time>
  );
}

type Running = PromisedTarget & { target: Target; due: string };

export function runningDeadline({ promise }: Ticket): Running | null {
  if (!promise?.target) return null;
  const promised = promise[promise.target];
  return promised?.due ? { ...promised, due: promised.due, target: promise.target } : null;
}

/** On the ticket: each deadline that runs. */
export function Deadlines({ ticket }: { ticket: Ticket }) {
  const { promise } = ticket;
  if (!promise) return null;
  const running = (Object.keys(PROMISED) as Target[]).flatMap((target) => {
    const promised = promise[target];
    return promised?.due && !promised.kept_at ? [{ target, promised, due: promised.due }] : [];
  });
  if (!promise.target) return null;
  return (
    <>
      {running.map(({ target, promised, due }) => {
        const [state, words] = told(promised, due);
        return (
          <span key={target} class={`fact due due-${state}`} title={fullTime(due)} data-testid={`due-${target}`}>
            {PROMISED[target]} {words}
          </span>
        );
      })}
    </>
  );
}

const MINUTE = 60_000;

type State = "calm" | "risk" | "late";

function told(promised: PromisedTarget, due: string): [State, string] {
  const now = serverClock.now();
  const left = Date.parse(due) - now;
  if (promised.missed || left <= 0) return ["late", -left < MINUTE ? "late" : `late by ${duration(-left)}`];
  const risk = promised.warned || (promised.at_risk_at !== null && Date.parse(promised.at_risk_at) <= now);
  return [risk ? "risk" : "calm", left < MINUTE ? "due now" : `due in ${duration(left)}`];
}
