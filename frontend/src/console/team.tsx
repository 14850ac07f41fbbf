// For supervisors: who is there, since when, and how much each has taken.
import { since } from "../shared/times";
import { Avatar } from "./avatar";
import { serverClock } from "./clock";
import { useDesk } from "./context";
import { Go } from "./go";
import type { Agent, Presence } from "./wire";

const ORDER: Presence[] = ["available", "away", "offline"];

export function Team() {
  const agents = [...useDesk().agents.values()].sort(byPresence);
  const there = agents.filter(({ presence }) => presence === "available").length;
  return (
    <main class="page">
      <h1>Team</h1>
      <p class="faint">
        {there} of {agents.length} available
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">Agent</th>
            <th scope="col">Presence</th>
            <th scope="col">Taken</th>
            <th scope="col">Queues</th>
            <th scope="col">Skills</th>
          </tr>
        </thead>
        <tbody>
          {agents.map((agent) => (
            <AgentRow key={agent.id} agent={agent} />
          ))}
        </tbody>
      </table>
    </main>
  );
}

function AgentRow({ agent }: { agent: Agent }) {
  return (
    <tr data-testid="agent-row" data-agent={agent.id} data-presence={agent.presence}>
      <th scope="row">
        <span class="agent-name">
          <Avatar name={agent.name} />
          <span>
            {agent.name}
            <small>
              {agent.role}, {agent.email}
            </small>
          </span>
        </span>
      </th>
      <td>
        <span class={`presence-word presence-${agent.presence}`}>{agent.presence}</span>{" "}
        <small>
          {since(agent.presence_since, serverClock.now())}
          {(agent.presence_reason ?? agent.away_for) && `: ${agent.presence_reason ?? agent.away_for}`}
        </small>
      </td>
      <td>
        <meter min={0} max={Math.max(1, agent.capacity)} value={agent.load} aria-label="Share of the capacity taken" />
        <Go to={{ view: `agent/${agent.id}` }}>
          {agent.load} of {agent.capacity}
        </Go>
      </td>
      <td>{agent.queues.join(", ") || "none"}</td>
      <td>{skillsOf(agent) || "none"}</td>
    </tr>
  );
}

function skillsOf({ skills }: Agent): string {
  return Object.entries(skills)
    .map(([skill, level]) => `${skill} ${level}`)
    .join(", ");
}

function byPresence(a: Agent, b: Agent): number {
  return ORDER.indexOf(a.presence) - ORDER.indexOf(b.presence) || a.name.localeCompare(b.name);
}
