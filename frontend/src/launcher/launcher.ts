// The button a host site shows: <script src="https://desk/widget.js" data-channel="site" async></script>.
// It costs the host one small script and nothing else until somebody clicks: only then is the frame made, on our own
// origin, so that the host's scripts can read neither the chat nor its token. Styles are a constructed sheet in a
// shadow root, because a host's `style-src 'self'` blocks <style> and style attributes but not that.
import sheet from "./launcher-sheet";

type Word = "close" | "message";

const script = document.currentScript as HTMLScriptElement | null;
const channel = script?.dataset.channel;
if (script && channel) launch(new URL(script.src).origin, channel);

function launch(origin: string, channel: string): void {
  const root = host();
  const button = root.appendChild(launcherButton());
  const badge = button.appendChild(document.createElement("b"));
  let frame: HTMLIFrameElement | null = null;
  let unread = 0;

  const show = (open: boolean) => {
    frame ??= root.insertBefore(chatFrame(`${origin}/chat/${encodeURIComponent(channel)}`), button);
    frame.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) frame.focus();
    else button.focus();
    count(0);
  };
  const count = (value: number) => {
    unread = value;
    badge.textContent = value ? String(value) : "";
    button.setAttribute("aria-label", value ? `Chat with us, ${value} unread` : "Chat with us");
  };

  count(0);
  button.onclick = () => show(frame === null || frame.hidden === true);
  addEventListener("message", (event) => {
    if (!frame || event.origin !== origin || event.source !== frame.contentWindow) return;
    const word = event.data?.contactcenter as Word | undefined;
    if (word === "close") show(false);
    if (word === "message" && frame.hidden) count(unread + 1);
  });
}

function host(): ShadowRoot {
  const element = document.createElement("div");
  const root = element.attachShadow({ mode: "closed" });
  const styles = new CSSStyleSheet();
  styles.replaceSync(sheet);
  root.adoptedStyleSheets = [styles];
  (document.body ?? document.documentElement).append(element);
  return root;
}

function launcherButton(): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  button.append(icon("talk", "M4 5h16v11H9l-5 4z"), icon("shut", "M6 6l12 12M18 6L6 18"));
  return button;
}

function icon(name: string, path: string): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", name);
  svg.setAttribute("aria-hidden", "true");
  svg.appendChild(document.createElementNS(svg.namespaceURI, "path")).setAttribute("d", path);
  return svg as SVGElement;
}

function chatFrame(address: string): HTMLIFrameElement {
  const frame = document.createElement("iframe");
  frame.title = "Chat with us";
  frame.src = address;
  return frame;
}
