// Which screen an address means. A ticket has one address, /desk/tickets/7, and remembers the list it was opened from
// only as a parameter, so that a link sent to a colleague works whatever they look at.

export type PageName = "channels" | "team" | "figures" | "day" | "buried" | "knowledge" | "learning";

export interface Route {
  page: PageName | null;
  view: string;
  ticket: number | null;
  /** What a page was asked for, as a query; the day, the knowledge base and learning have some. */
  asked?: string;
}

const PAGES: readonly string[] = ["channels", "team", "figures", "day", "buried", "knowledge", "learning"];

export function routeOf(address: URL): Route {
  const path = address.pathname.replace(/^\/desk\/?/, "").replace(/\/$/, "");
  const ticket = /^tickets\/(\d+)$/.exec(path)?.[1];
  if (ticket) return { page: null, view: address.searchParams.get("in") ?? "mine", ticket: Number(ticket) };
  if (PAGES.includes(path)) return { page: path as PageName, view: "mine", ticket: null, asked: address.search.slice(1) };
  return { page: null, view: decodeURI(path) || "mine", ticket: null };
}

export function addressOf(route: Partial<Route>): string {
  if (route.page) return `/desk/${route.page}${route.asked ? `?${route.asked}` : ""}`;
  const view = route.view ?? "mine";
  if (!route.ticket) return `/desk/${encodeURI(view)}`;
  return `/desk/tickets/${route.ticket}${view === "mine" ? "" : `?in=${encodeURIComponent(view)}`}`;
}
