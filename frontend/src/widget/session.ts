// Who this browser is to the server: one bearer token per channel, kept across reloads and shared by all tabs.
import { drop, read, write } from "../shared/keep";
import type { Refusal, Session } from "./wire";

export interface Details {
  name?: string;
  email?: string;
}

export class SessionRefused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.detail);
  }
}

export function sessionKey(channel: string): string {
  return `contactcenter:${channel}:session`;
}

export function keptSession(channel: string): Session | null {
  return read<Session>(sessionKey(channel));
}

export function dropSession(channel: string): void {
  drop(sessionKey(channel));
}

/** The kept session, or a new one. Two tabs opened at once must not become two customers, hence the lock. */
export function openSession(channel: string): Promise<Session> {
  return alone(`contactcenter:${channel}`, async () => keptSession(channel) ?? (await newSession(channel, {})));
}

/** Throws SessionRefused when the server says no, TypeError when it cannot be reached. */
export async function newSession(channel: string, details: Details): Promise<Session> {
  const response = await fetch(`/chat/${encodeURIComponent(channel)}/sessions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(details),
  });
  if (!response.ok) throw new SessionRefused(await refusal(response));
  const session = (await response.json()) as Session;
  write(sessionKey(channel), session);
  return session;
}

/** A browser never shows why a WebSocket was refused, so the same address is asked as an ordinary request. */
export async function tokenIsBad(channel: string, token: string): Promise<boolean> {
  const address = socketPath(channel, token, 0);
  const response = await fetch(address, { cache: "no-store" }).catch(() => null);
  return response?.status === 401;
}

export function socketPath(channel: string, token: string, after: number): string {
  return `/chat/${encodeURIComponent(channel)}/socket?token=${encodeURIComponent(token)}&after=${after}`;
}

/** What a problem document (RFC 9457) says, or the plain status when it is none. */
export async function refusal(response: Response): Promise<Refusal> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Refusal>;
  return {
    title: problem.title ?? "That did not work",
    detail: problem.detail ?? `The server answered ${response.status}.`,
  };
}

/** Web Locks exist only in secure contexts; without them two simultaneous first visits are accepted. */
function alone<T>(name: string, act: () => Promise<T>): Promise<T> {
  const locks = navigator.locks as LockManager | undefined;
  return locks ? (locks.request(name, act) as Promise<T>) : act();
}
