// A link inside the console: a real address, so that it can be copied or opened in a tab of its own, followed here
// without loading the page again.
import type { ComponentChildren } from "preact";
import { useDesk } from "./context";
import { type Route, addressOf } from "./routes";

interface Props {
  to: Partial<Route>;
  class?: string;
  title?: string;
  children?: ComponentChildren;
  "aria-label"?: string;
  "aria-current"?: "page" | "true" | undefined;
  "data-testid"?: string;
  "data-view"?: string;
  "data-figure"?: string;
  "data-ticket"?: number;
  "data-status"?: string;
}

export function Go({ to, children, ...rest }: Props) {
  const desk = useDesk();
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    desk.go(to);
  };
  return (
    <a {...rest} href={addressOf(to)} onClick={follow}>
      {children}
    </a>
  );
}
