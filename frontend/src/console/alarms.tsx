// A channel that has been failing for minutes, told on top of the whole desk: customers write there, and nobody hears.
import { fullTime, shortTime } from "../shared/times";
import { serverClock } from "./clock";
import { useDesk } from "./context";
import { Go } from "./go";
import type { Channel } from "./wire";

export function Alarms() {
  const alarmed = useDesk().channels.filter(({ alarm }) => alarm);
  return (
    <div role="alert">
      {alarmed.map((channel) => (
        <Alarm key={channel.name} channel={channel} />
      ))}
    </div>
  );
}

function Alarm({ channel: { name, failing_since, error } }: { channel: Channel }) {
  return (
    <p class="alarm" data-testid="alarm" data-channel={name}>
      <span class="alarm-words" title={error ?? ""}>
        Channel {name} has been failing
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
