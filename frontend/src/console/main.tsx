// Starts the console in the shell the server wrote (<div id="desk">): who am I, then live, then what the address shows.
import { render } from "preact";
import { backoff, pause } from "../shared/backoff";
import { App } from "./app";
import { DeskContext } from "./context";
import { Desk } from "./desk";
import { listen } from "./keys";
import { Live } from "./live";
import { loadChannels, loadMe, loadShown } from "./load";
import { pageTitle } from "./title";
import "./console.css";

const CLOCK_MS = 20_000;
const CHANNELS_MS = 60_000;

const root = document.getElementById("desk")!;
const desk = new Desk(draw);
const live = new Live(desk);
let shown = "";

listen(desk);
addEventListener("popstate", () => desk.arrive());
document.addEventListener("visibilitychange", () => desk.arrive());
setInterval(() => desk.changed(), CLOCK_MS);
draw();
void begin();

/** Opened while the server is down, the desk waits for it. */
async function begin(): Promise<void> {
  for (let failures = 0; !desk.me && !desk.signedOut; failures++) {
    if (failures) await pause(backoff(failures));
    await loadMe(desk).catch((error) => desk.complain(error));
  }
  if (!desk.me) return;
  desk.forget();
  live.start();
  setInterval(() => void loadChannels(desk).catch(() => undefined), CHANNELS_MS);
}

function draw(): void {
  document.title = pageTitle(desk);
  render(
    <DeskContext.Provider value={{ desk, live }}>
      <App />
    </DeskContext.Provider>,
    root,
  );
  follow();
}

/** A new address is fetched and watched once, however often it is drawn. */
function follow(): void {
  if (!desk.me || shown === location.href) return;
  shown = location.href;
  live.watch(desk.route.ticket);
  loadShown(desk).catch((error) => desk.complain(error));
}
