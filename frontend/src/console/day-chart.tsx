// A day by quarters of an hour: who came, and what became of them. Drawn by ourselves; each column opens its rows.
import { useDesk } from "./context";
import { clock } from "./day-words";
import { addressOf } from "./routes";
import type { DayFigures, FigureCell, Outlook } from "./wire";

const SLOT = 15 * 60_000;
const HOUR = 4 * SLOT;
const [WIDTH, HEIGHT, LEFT, FOOT] = [960, 180, 30, 20];

const PARTS = [
  { key: "in-time", title: "answered in time", of: (n: Counted) => n("answered_in_time") },
  { key: "late", title: "answered later", of: (n: Counted) => n("answered") - n("answered_in_time") },
  { key: "left", title: "left while waiting", of: (n: Counted) => n("abandoned") + n("short_abandoned") },
  { key: "else", title: "waiting, merged or ended", of: rest },
] as const;

type Counted = (figure: string) => number;

export function DayChart({ figures, day, outlook }: { figures: DayFigures; day: string; outlook: Outlook | null }) {
  const [begin, end] = [Date.parse(figures.begin), Date.parse(figures.end)];
  const slots = slotsOf(figures.items);
  const expected = outlook?.items ?? [];
  const most = Math.ceil(
    Math.max(4, ...[...slots.values()].map((cells) => counted(cells)("offered")), ...expected.map((slot) => slot.expected)),
  );
  const x = (at: number) => LEFT + ((at - begin) / (end - begin)) * (WIDTH - LEFT);
  const y = (number: number) => (1 - number / most) * (HEIGHT - FOOT);
  return (
    <figure class="day-chart">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="group" aria-label="Who came, by quarter of an hour">
        {[0, Math.ceil(most / 2), most].map((number) => (
          <g key={number} class="day-grid">
            <line x1={LEFT} x2={WIDTH} y1={y(number)} y2={y(number)} />
            <text x={LEFT - 6} y={y(number) + (number === most ? 11 : 4)} text-anchor="end">
              {number}
            </text>
          </g>
        ))}
        {hours(begin, end, figures.timezone).map(({ at, word }) => (
          <text key={at} class="day-hour" x={x(at)} y={HEIGHT - 5} text-anchor="middle">
            {word}
          </text>
        ))}
        {[...slots].map(([at, cells]) => (
          <Column key={at} at={at} cells={cells} day={day} x={x(at)} width={x(at + SLOT) - x(at)} y={y} figures={figures} />
        ))}
        {expected.length > 0 && (
          <polyline class="day-expected" data-testid="day-expected" points={line(expected, x, y, begin, end)} />
        )}
      </svg>
      <figcaption>
        {PARTS.map(({ key, title }) => (
          <span key={key} class={`day-key day-${key}`}>
            {title}
          </span>
        ))}
        {expected.length > 0 && <span class="day-key day-line">expected</span>}
      </figcaption>
    </figure>
  );
}

interface ColumnProps {
  at: number;
  cells: FigureCell[];
  day: string;
  x: number;
  width: number;
  y: (number: number) => number;
  figures: DayFigures;
}

function Column({ at, cells, day, x, width, y, figures }: ColumnProps) {
  const desk = useDesk();
  const of = counted(cells);
  const [from, to] = [at, at + SLOT].map((instant) => new Date(instant!).toISOString());
  const to_ = { page: "day", asked: `${day && `day=${day}&`}figure=offered&from=${from}&to=${to}` } as const;
  let below = 0;
  const words = PARTS.map((part) => `${part.of(of)} ${part.title}`).join(", ");
  return (
    <a
      href={addressOf(to_)}
      data-testid="day-slot"
      aria-label={`${clock(at, figures.timezone)}: ${words}`}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        desk.go(to_);
      }}
    >
      <title>{`${clock(at, figures.timezone)}: ${of("offered")} came; ${words}`}</title>
      <rect class="day-hit" x={x} width={width} y={0} height={HEIGHT - FOOT} />
      {PARTS.map((part) => {
        const number = part.of(of);
        const [top, bottom] = [y(below + number), y(below)];
        below += number;
        return (
          number > 0 && (
            <rect key={part.key} class={`day-${part.key}`} x={x + 0.8} width={width - 1.6} y={top} height={bottom - top} />
          )
        );
      })}
    </a>
  );
}

/** Through the middle of each quarter; on the day of another clock the quarters are as many as its clocks show. */
function line(
  expected: Outlook["items"],
  x: (at: number) => number,
  y: (number: number) => number,
  begin: number,
  end: number,
): string {
  const width = (end - begin) / expected.length;
  return expected.map((slot, n) => `${x(begin + (n + 0.5) * width).toFixed(1)},${y(slot.expected).toFixed(1)}`).join(" ");
}

/** What came and has found none of the other ends. */
function rest(n: Counted): number {
  return Math.max(0, n("offered") - n("answered") - n("abandoned") - n("short_abandoned"));
}

function slotsOf(items: FigureCell[]): Map<number, FigureCell[]> {
  const slots = new Map<number, FigureCell[]>();
  for (const cell of items) {
    if (!cell.figures.offered) continue;
    const at = Date.parse(cell.begin);
    slots.set(at, [...(slots.get(at) ?? []), cell]);
  }
  return slots;
}

function counted(cells: FigureCell[]): Counted {
  return (figure) => cells.reduce((sum, { figures }) => sum + (figures[figure] ?? 0), 0);
}

/** Every third hour, by the desk's clocks: also where one of them comes twice or not at all. */
function hours(begin: number, end: number, timezone: string): { at: number; word: string }[] {
  const found = [];
  for (let at = begin + HOUR; at < end; at += HOUR) {
    const word = clock(at, timezone);
    if (parseInt(word, 10) % 3 === 0) found.push({ at, word });
  }
  return found;
}
