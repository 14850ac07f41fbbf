// Beside the conversation: who the customer is, what the knowledge base says, and what happened and why.
import { useDesk } from "./context";
import { CustomerCard } from "./customer-card";
import type { SideTab } from "./desk";
import { History } from "./history";
import { Icon } from "./icons";
import { Suggestions } from "./suggestions";
import type { Ticket } from "./wire";

const TABS: { key: SideTab; title: string }[] = [
  { key: "customer", title: "Customer" },
  { key: "suggestions", title: "Knowledge" },
  { key: "history", title: "History" },
];

export function Side({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  return (
    <aside class="side" data-open={desk.sideOpen} aria-label="About this ticket">
      <div class="tabs" role="tablist">
        {TABS.map(({ key, title }) => (
          <Tab key={key} tab={key} title={title} />
        ))}
        <button
          type="button"
          class="icon-button side-close"
          aria-label="Close"
          onClick={() => ((desk.sideOpen = false), desk.changed())}
        >
          <Icon name="close" />
        </button>
      </div>
      <div class="side-body" role="tabpanel" aria-label={TABS.find(({ key }) => key === desk.tab)!.title} tabIndex={0}>
        {desk.tab === "customer" && <CustomerCard ticket={ticket} />}
        {desk.tab === "suggestions" && <Suggestions ticket={ticket} />}
        {desk.tab === "history" && <History ticket={ticket} />}
      </div>
    </aside>
  );
}

function Tab({ tab, title }: { tab: SideTab; title: string }) {
  const desk = useDesk();
  return (
    <button
      type="button"
      role="tab"
      aria-selected={desk.tab === tab}
      data-testid={`tab-${tab}`}
      onClick={() => ((desk.tab = tab), desk.changed())}
    >
      {title}
    </button>
  );
}
