// Ids that sort by the time they were made (RFC 9562 5.7). The outbox sends in id order, so two ids made in the same
// millisecond must still sort as they were made: the 12 bits after the version are a counter (method 1 of section 6.2).

let lastMoment = 0;
let counter = 0;

export function uuid7(): string {
  tick();
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  bytes[0] = (bytes[0]! & 0x3f) | 0x80;
  const tail = [...bytes].map((byte) => hex(byte, 2)).join("");
  const time = hex(lastMoment, 12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(counter, 3)}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}

/** Moves on to the next (moment, counter) pair; never back, even when the computer's clock is set back. */
function tick(): void {
  const now = Date.now();
  if (now > lastMoment) {
    lastMoment = now;
    counter = 0;
  } else if (++counter > 0xfff) {
    lastMoment += 1;
    counter = 0;
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
