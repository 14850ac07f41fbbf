// A channel that has been failing for minutes, told on top of the whole desk: customers write there and nobody hears,
// or nobody's answer leaves.
import { fullTime, shortTime } from "../shared/times";
import { serverClock } from "./clock";
import { useDesk } from "./context";
import { Go } from "./go";
import type { ChannelSide } from "./wire";

const SIDES = [
  { side: "receiving", does: "has been failing" },
  { side: "sending", does: "cannot send" },
] as const;

export function Alarms() {
  const { channels } = useDesk();
  return (
    <div role="alert">
      {channels.flatMap((channel) =>
        SIDES.filter(({ side }) => channel[side].alarm).map(({ side, does }) => (
          <Alarm key={`${channel.name} ${side}`} name={channel.name} does={does} side={channel[side]} />
        )),
      )}
    </div>
  );
}

function Alarm({ name, does, side: { failing_since, error } }: { name: string; does: string; side: ChannelSide }) {
  return (
    <p class="alarm" data-testid="alarm" data-channel={name}>
      <span class="alarm-words" title={error ?? ""}>
        Channel {name} {does}
        {failing_since && (
          <>
            {" since "}
            <time dateTime={failing_since} title={fullTime(failing_since)}>
              {shortTime(failing_since, serverClock.now())}
            </time>
          </>
        )}
        {error && `: ${error}`}
      </span>
      <Go to={{ page: "channels" }}>See channels</Go>
    </p>
  );
}
