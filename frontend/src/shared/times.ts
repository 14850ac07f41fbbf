// Instants as people read them. Instants travel as RFC 3339 in UTC and are shown in the reader's own zone and habits.

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const dayFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const longDayFormat = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export function clockTime(iso: string): string {
  return clockFormat.format(new Date(iso));
}

export function fullTime(iso: string): string {
  return fullFormat.format(new Date(iso));
}

export function day(iso: string): string {
  return dayFormat.format(new Date(iso));
}

/** A heading between messages: today, yesterday, or the day's name. */
export function dayHeading(iso: string, now: number): string {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const then = Date.parse(iso);
  if (then >= midnight) return "Today";
  if (then >= midnight - DAY * 1000) return "Yesterday";
  return longDayFormat.format(then);
}

/** 14:05 today, 3 Nov before that. */
export function shortTime(iso: string, now: number): string {
  return new Date(iso).toDateString() === new Date(now).toDateString() ? clockTime(iso) : day(iso);
}

/** How long since, in one unit: "now", "4 min", "2 h", "3 d". */
export function since(iso: string, now: number): string {
  const passed = now - Date.parse(iso);
  return passed < MINUTE * 1000 ? "now" : duration(passed);
}

/** So many milliseconds, in one unit: "4 min", "2 h", "3 d". */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h`;
  return `${Math.floor(seconds / DAY)} d`;
}
