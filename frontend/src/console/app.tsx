// The whole console: places to go on the left, a list in the middle, one ticket on the right.
import { Alarms } from "./alarms";
import { Buried } from "./buried";
import { Channels } from "./channels";
import { useDesk } from "./context";
import { Day } from "./day";
import { Figures } from "./figures";
import { Help } from "./help";
import { Knowledge } from "./knowledge";
import { Learning } from "./learning";
import { Offers } from "./offers";
import { Problems } from "./problems";
import { SentAway } from "./sent-away";
import { Sidebar } from "./sidebar";
import { Team } from "./team";
import { TicketList } from "./ticket-list";
import { TicketPane } from "./ticket-pane";
import { Escalations } from "./urgency";
import type { PageName } from "./routes";

export function App() {
  const desk = useDesk();
  if (desk.signedOut) return <SignedOut />;
  if (!desk.me) return <Opening />;
  const { page, ticket } = desk.route;
  return (
    <>
      {desk.live === false && <Offline />}
      <Alarms />
      <SentAway />
      <div class="desk" data-showing={page ? "page" : ticket === null ? "list" : "ticket"}>
        <Sidebar />
        {page ? (
          <Page name={page} />
        ) : (
          <>
            <TicketList />
            <TicketPane />
          </>
        )}
        <div class="corner">
          <Problems />
          <Escalations />
          <Offers />
        </div>
        <Help />
      </div>
    </>
  );
}

function Offline() {
  return (
    <p class="offline" role="status" data-testid="offline">
      Reconnecting… what you see may be old
    </p>
  );
}

function Page({ name }: { name: PageName }) {
  switch (name) {
    case "channels":
      return <Channels />;
    case "team":
      return <Team />;
    case "figures":
      return <Figures />;
    case "day":
      return <Day />;
    case "buried":
      return <Buried />;
    case "knowledge":
      return <Knowledge />;
    case "learning":
      return <Learning />;
  }
}

function Opening() {
  return (
    <>
      <p class="alone">Opening the desk…</p>
      <div class="corner">
        <Problems />
      </div>
    </>
  );
}

function SignedOut() {
  return (
    <main class="alone">
      <h1>You are signed out</h1>
      <p>Ask for a sign-in link:</p>
      <p>
        <code>contactcenter agent link EMAIL</code>
      </p>
    </main>
  );
}
