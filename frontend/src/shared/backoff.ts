// How long to wait before trying again. Jitter keeps a thousand browsers from coming back in the same instant after a
// restart of the server.

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Milliseconds before attempt `failures + 1`: doubling, capped, and drawn from the upper half of that span. */
export function backoff(failures: number): number {
  const span = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10));
  return span / 2 + (Math.random() * span) / 2;
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
