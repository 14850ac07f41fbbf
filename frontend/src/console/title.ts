// The tab's title: what an agent sees of the desk while working elsewhere.
import type { Desk } from "./desk";

export function pageTitle(desk: Desk): string {
  const name = desk.ticket()?.subject ?? desk.view()?.title ?? "Desk";
  if (desk.offers.size) return `Offer waiting · ${name}`;
  return desk.unread.size ? `(${desk.unread.size}) ${name}` : name;
}
