// The page that frames us, if any: the launcher on a host site. It hears that something happened, never what: the
// words carry no content, so it does not matter which site listens.

export const framed = window.parent !== window;

export function tellHost(word: "close" | "message"): void {
  if (framed) window.parent.postMessage({ contactcenter: word }, "*");
}
