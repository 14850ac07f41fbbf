// The server's time. Offers run out by the server's clock, and an agent's computer may be minutes off; the Date
// header of every answer (whole seconds) is near enough for a countdown.

class ServerClock {
  private ahead = 0;

  observe(date: string | null): void {
    const server = date ? Date.parse(date) : NaN;
    if (!Number.isNaN(server)) this.ahead = Math.abs(server - Date.now()) < 1_500 ? 0 : server - Date.now();
  }

  now(): number {
    return Date.now() + this.ahead;
  }
}

export const serverClock = new ServerClock();
