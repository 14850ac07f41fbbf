// Told on top of the whole desk to an agent whom the desk itself set away: no ticket comes to them, and they may not know.
import { clockTime } from "../shared/times";
import { setPresence } from "./acts";
import { useDesk } from "./context";

export function SentAway() {
  const desk = useDesk();
  const { presence, presence_since, presence_reason } = desk.me!;
  if (!presence_reason || presence === "available") return null;
  return (
    <p class="alarm" role="alert" data-testid="sent-away">
      <span class="alarm-words">
        You are {presence} since {clockTime(presence_since)}: {presence_reason}. Nothing is offered to you meanwhile.
      </span>
      <button type="button" onClick={() => void setPresence(desk, "available")}>
        I am here
      </button>
      <button type="button" class="quiet" onClick={() => void setPresence(desk, presence)}>
        Stay {presence}
      </button>
    </p>
  );
}
