// When to be reminded: the usual moments, or any other.
import { clockTime, day } from "../shared/times";
import { Menu } from "./menu";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MORNING = 9;

export function SnoozeMenu({ choose }: { choose: (until: Date) => void }) {
  const choices = moments(new Date()).map(({ key, label, at }) => ({
    key,
    label,
    hint: `${day(at.toISOString())}, ${clockTime(at.toISOString())}`,
    act: () => choose(at),
  }));
  return (
    <Menu
      label="Snooze"
      testid="snooze"
      choices={choices}
      below={(close) => <OwnMoment choose={(until) => (close(), choose(until))} />}
    />
  );
}

function OwnMoment({ choose }: { choose: (until: Date) => void }) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    choose(new Date(String(new FormData(event.currentTarget as HTMLFormElement).get("until"))));
  };
  return (
    <form class="menu-form" onSubmit={submit}>
      <label>
        Until
        <input
          type="datetime-local"
          name="until"
          data-testid="snooze-until"
          required
          min={nextMinute(new Date())}
          onInvalid={(event) => event.currentTarget.setCustomValidity("Choose a time in the future")}
          onInput={(event) => event.currentTarget.setCustomValidity("")}
        />
      </label>
      <button type="submit">Snooze</button>
    </form>
  );
}

/** As the input writes it: local, without a zone, and to the minute. */
function nextMinute(now: Date): string {
  const local = now.getTime() - now.getTimezoneOffset() * MINUTE_MS + MINUTE_MS;
  return new Date(local).toISOString().slice(0, 16);
}

function moments(now: Date): { key: string; label: string; at: Date }[] {
  const untilMonday = (8 - now.getDay()) % 7 || 7;
  return [
    { key: "1h", label: "One hour", at: new Date(now.getTime() + HOUR_MS) },
    { key: "3h", label: "Three hours", at: new Date(now.getTime() + 3 * HOUR_MS) },
    { key: "tomorrow", label: "Tomorrow morning", at: morning(now, 1) },
    { key: "monday", label: "Monday morning", at: morning(now, untilMonday) },
  ];
}

function morning(now: Date, days: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING);
}
