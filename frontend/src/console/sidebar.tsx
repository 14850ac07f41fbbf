// Where an agent can go, and whether they are there: presence, views with what waits in each, pages
// on how the desk is doing.
import { useEffect, useState } from "preact/hooks";
import { fullTime, since } from "../shared/times";
import { setPresence, signOut } from "./acts";
import { get } from "./api";
import { mineToAnswer } from "./arrange";
import { Avatar } from "./avatar";
import { serverClock } from "./clock";
import { useDesk } from "./context";
import { type Desk, steers } from "./desk";
import { Go } from "./go";
import { Icon, type IconName } from "./icons";
import { Menu } from "./menu";
import type { PageName } from "./routes";
import type { Presence, Queue } from "./wire";

const PRESENCES: Presence[] = ["available", "away", "offline"];

export function Sidebar() {
  const desk = useDesk();
  return (
    <nav class="sidebar" aria-label="Views">
      <Me />
      <div class="places">
        <Place view="mine" icon="mine" title="My tickets" count={mineToAnswer(desk)} />
        <Place view="open" icon="open" title="All unsolved" />
        <Place view="solved" icon="solved" title="Solved" />
        <h2>Queues</h2>
        {queuesShown(desk).map((queue) => (
          <QueuePlace key={queue.name} queue={queue} />
        ))}
        <h2>Desk</h2>
        <PagePlace page="channels" icon="channels" title="Channels" count={failing(desk)} />
        <PagePlace page="knowledge" icon="knowledge" title="Knowledge" />
        {steers(desk.me) && (
          <>
            <h2>Supervise</h2>
            <PagePlace page="team" icon="team" title="Team" />
            <PagePlace page="day" icon="day" title="The day" />
            <PagePlace page="figures" icon="figures" title="Queue figures" />
            <PagePlace page="learning" icon="note" title="Learning" />
            <PagePlace page="buried" icon="buried" title="Buried" count={desk.buried.length} />
          </>
        )}
      </div>
      <div class="sidebar-foot">
        <button type="button" class="place" onClick={() => showKeys(desk)}>
          <Icon name="keys" /> <span class="place-title">Keyboard</span> <kbd>?</kbd>
        </button>
        <button type="button" class="place" onClick={() => void signOut(desk)}>
          <Icon name="out" /> <span class="place-title">Sign out</span>
        </button>
      </div>
    </nav>
  );
}

function Me() {
  const desk = useDesk();
  const me = desk.me!;
  return (
    <section class="me" aria-label="My presence">
      <div class="me-name">
        <Avatar name={me.name} />
        <div>
          <strong>{me.name}</strong>
          <small>
            {me.load} of {me.capacity} taken
          </small>
        </div>
      </div>
      <MyMenu />
      <div class="presences" role="group" aria-label="Presence">
        {PRESENCES.map((presence) => (
          <button
            key={presence}
            type="button"
            data-testid="presence"
            data-presence={presence}
            aria-pressed={me.presence === presence}
            onClick={() => void setPresence(desk, presence)}
          >
            {presence[0]!.toUpperCase() + presence.slice(1)}
          </button>
        ))}
      </div>
      {me.presence !== "available" && <AwayFor />}
    </section>
  );
}

/** Why they are not there, if they like to say: one of the desk's reasons, or another. */
function AwayFor() {
  const desk = useDesk();
  const { presence, away_for } = desk.me!;
  const [offered, setOffered] = useState<string[]>([]);
  useEffect(() => {
    get<{ items: string[] }>("/agents/me/presence/reasons").then(
      ({ items }) => setOffered(items),
      () => undefined, // nothing is offered, and any can be typed
    );
  }, []);
  return (
    <>
      <input
        class="away-for"
        data-testid="away-for"
        aria-label="Why you are not there"
        placeholder="Why? Lunch, training …"
        maxLength={60}
        list="away-reasons"
        value={away_for ?? ""}
        onChange={(event) => void setPresence(desk, presence, event.currentTarget.value)}
      />
      <datalist id="away-reasons">
        {offered.map((reason) => (
          <option key={reason} value={reason} />
        ))}
      </datalist>
    </>
  );
}

/** What the foot of the sidebar holds, where a narrow screen has no room for a foot. */
function MyMenu() {
  const desk = useDesk();
  const choices = [
    { key: "keys", label: "Keyboard", act: () => showKeys(desk) },
    { key: "out", label: "Sign out", act: () => void signOut(desk) },
  ];
  return (
    <div class="my-menu">
      <Menu label="My menu" testid="my-menu" face={<Avatar name={desk.me!.name} />} choices={choices} />
    </div>
  );
}

function showKeys(desk: Desk): void {
  desk.help = true;
  desk.changed();
}

function Place({ view, icon, title, count }: { view: string; icon: IconName; title: string; count?: number }) {
  const desk = useDesk();
  const here = !desk.route.page && desk.route.view === view;
  return (
    <Go to={{ view }} class="place" aria-current={here ? "page" : undefined} data-view={view}>
      <Icon name={icon} />
      <span class="place-title">{title}</span>
      {count ? <span class="count">{count}</span> : null}
    </Go>
  );
}

function PagePlace({ page, icon, title, count }: { page: PageName; icon: IconName; title: string; count?: number }) {
  const here = useDesk().route.page === page;
  return (
    <Go to={{ page }} class="place" aria-current={here ? "page" : undefined} data-view={page}>
      <Icon name={icon} />
      <span class="place-title">{title}</span>
      {count ? <span class="count count-waiting">{count}</span> : null}
    </Go>
  );
}

function QueuePlace({ queue }: { queue: Queue }) {
  const desk = useDesk();
  const view = `queue/${queue.name}`;
  const here = !desk.route.page && desk.route.view === view;
  const figures = desk.figures.find((one) => one.queue === queue.name);
  const oldest = figures?.oldest_waiting_since;
  const opens = queue.opens_at ? `Opens ${fullTime(queue.opens_at)}` : "";
  return (
    <Go to={{ view }} class="place" aria-current={here ? "page" : undefined} data-view={view} title={opens}>
      <Icon name="queue" />
      <span class="place-title">
        {queue.title}
        {!queue.open_now && <small>closed</small>}
      </span>
      {oldest && <small title="The longest wait">{since(oldest, serverClock.now())}</small>}
      {figures?.waiting ? (
        <span class="count count-waiting" title="Waiting for somebody">
          {figures.waiting}
        </span>
      ) : null}
    </Go>
  );
}

function failing(desk: Desk): number {
  return desk.channels.filter(({ state }) => state === "failing").length;
}

/** An agent's own queues; a supervisor, or an agent in none, sees them all. */
function queuesShown(desk: Desk): Queue[] {
  const mine = desk.me!.queues;
  if (steers(desk.me) || !mine.length) return desk.queues;
  return desk.queues.filter(({ name }) => mine.includes(name));
}
