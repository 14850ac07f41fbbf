// The server's time, drawn anew every second for as long as something counts down by it.
import { useEffect, useState } from "preact/hooks";
import { serverClock } from "./clock";

export function useSeconds(running: boolean): number {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => tick((n) => n + 1), 1_000);
    return () => clearInterval(timer);
  }, [running]);
  return serverClock.now();
}
