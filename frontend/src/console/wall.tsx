// The desk at this moment, to be read from across the room: never older than two seconds.
import type { ComponentChildren } from "preact";
import { since } from "../shared/times";
import { percent, surely, took, within } from "./day-words";
import { serverClock } from "./clock";
import { useDesk } from "./context";
import { FigureOf } from "./figure-of";
import { Go } from "./go";
import type { Presence, Served, Wallboard } from "./wire";

const PRESENCES: Presence[] = ["available", "away", "offline"];

export function Wall({ wall }: { wall: Wallboard }) {
  const oldest = wall.queues.map((queue) => queue.oldest_waiting_since).filter((at) => at !== null);
  return (
    <section class="wall" aria-label="Now" data-testid="wall">
      <div class="tiles">
        <Tile title="Waiting" name="waiting" alert={wall.waiting > 0}>
          <Go to={{ page: "figures" }}>{wall.waiting}</Go>
          <small>{oldest.length ? `longest ${since(oldest.sort()[0]!, serverClock.now())}` : "nobody"}</small>
        </Tile>
        <Tile title="Room" name="room">
          <Go to={{ page: "team" }}>{wall.room}</Go>
          <small>more tickets can be taken</small>
        </Tile>
        <Level title="Service level today" name="level-today" served={wall.today} wall={wall} />
        <Level title="In the last 30 min" name="level-now" served={wall.last_half_hour} wall={wall} />
        <Tile title="Left today" name="left">
          <FigureOf figure="abandoned" number={wall.today.figures.abandoned!} day="" />
          <small>of {wall.today.figures.offered} who came</small>
        </Tile>
      </div>
      <WaitingQueues wall={wall} />
      <AgentsByState wall={wall} />
    </section>
  );
}

function Level({ title, name, served, wall }: { title: string; name: string; served: Served; wall: Wallboard }) {
  const asked = `figure=answered_in_time&from=${served.begin}&to=${wall.at}`;
  return (
    <Tile title={title} name={name}>
      <Go to={{ page: "day", asked }} title={within(wall.service_level)}>
        {percent(served.service_level)}
      </Go>
      <small>{served.service_level ? surely(served.service_level) : "nobody came"}</small>
    </Tile>
  );
}

interface TileProps {
  title: string;
  name: string;
  alert?: boolean;
  children: ComponentChildren;
}

function Tile({ title, name, alert, children }: TileProps) {
  return (
    <div class={`tile${alert ? " tile-alert" : ""}`} data-testid={`tile-${name}`}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

function WaitingQueues({ wall }: { wall: Wallboard }) {
  const { queues } = useDesk();
  return (
    <ul class="wall-list" aria-label="Queues">
      {wall.queues.map(({ queue, waiting, oldest_waiting_since, agents_available, room, backlog }) => (
        <li key={queue} data-testid="wall-queue" data-queue={queue}>
          <strong>{queues.find(({ name }) => name === queue)?.title ?? queue}</strong>
          <Go to={{ view: `queue/${queue}/waiting` }} class={waiting ? "figure-waiting" : "figure-none"}>
            {waiting} waiting
          </Go>
          <small>
            {oldest_waiting_since && `longest ${since(oldest_waiting_since, serverClock.now())}, `}
            {agents_available} available, room for {room}
          </small>
          {backlog.oldest_seconds !== null && (
            <small data-testid="wall-backlog">
              <Go to={{ view: `queue/${queue}/open` }}>{backlog.tickets} open</Go>
              {`, half of them for ${took(backlog.median_seconds!)}, the oldest for ${took(backlog.oldest_seconds)}`}
            </small>
          )}
        </li>
      ))}
    </ul>
  );
}

function AgentsByState({ wall }: { wall: Wallboard }) {
  return (
    <ul class="wall-list" aria-label="Agents">
      {PRESENCES.flatMap((presence) =>
        wall.agents
          .filter((agent) => agent.presence === presence)
          .sort((a, b) => a.presence_since.localeCompare(b.presence_since))
          .map((agent) => (
            <li key={agent.id} data-testid="wall-agent" data-presence={presence}>
              <span class={`presence-word presence-${presence}`}>{agent.name}</span>
              <Go to={{ view: `agent/${agent.id}` }}>
                {agent.load} of {agent.capacity}
              </Go>
              <small>
                {presence}, {since(agent.presence_since, serverClock.now())}
                {(agent.presence_reason ?? agent.away_for) && `: ${agent.presence_reason ?? agent.away_for}`}
              </small>
            </li>
          )),
      )}
    </ul>
  );
}
