// A mail as its sender laid it out, and its source. The server takes out of it what could act; the frame runs no
// scripts and opens links apart. Remote pictures tell the sender that they were looked at, so they wait for a click.
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem, find } from "./api";
import type { Message } from "./wire";

const TALLEST_PX = 600;

export function Original({ message }: { message: Message }) {
  const [open, setOpen] = useState(false);
  return (
    <div class="original">
      <p class="original-ways">
        {message.markup && (
          <button type="button" data-testid="original" aria-expanded={open} onClick={() => setOpen(!open)}>
            Original
          </button>
        )}
        <a href={`/api/v1/messages/${message.id}/raw`} download="" data-testid="source">
          Source
        </a>
      </p>
      {open && <Mail message={message} />}
    </div>
  );
}

function Mail({ message }: { message: Message }) {
  const [remote, setRemote] = useState(false);
  const [blocked, setBlocked] = useState(0);
  const frame = useRef<HTMLIFrameElement>(null);
  const url = `/api/v1/messages/${message.id}/html${remote ? "?remote=1" : ""}`;
  const { found, trouble } = useFound(url);
  const loaded = () => {
    setBlocked(Number(frame.current!.contentDocument?.body?.dataset.blocked ?? 0));
    fit(frame.current!);
    frame.current!.parentElement!.scrollIntoView({ block: "nearest" }); // its beginning, when it is taller than the view
  };
  useEffect(() => {
    const again = () => frame.current && fit(frame.current);
    addEventListener("resize", again);
    return () => removeEventListener("resize", again);
  }, []);
  if (trouble) return <p class="faint">{trouble}</p>;
  if (!found) return <p class="faint">Fetching…</p>;
  return (
    <>
      {blocked > 0 && !remote && (
        <p class="blocked" data-testid="blocked">
          {blocked === 1 ? "1 remote image is blocked: loading it" : `${blocked} remote images are blocked: loading them`}{" "}
          tells the sender that you read it.{" "}
          <button type="button" onClick={() => setRemote(true)}>
            {blocked === 1 ? "Load it" : "Load them"}
          </button>
        </p>
      )}
      <iframe
        ref={frame}
        class="mail"
        title={`The mail of ${message.author.name} as it was laid out`}
        sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
        src={url}
        onLoad={loaded}
      />
    </>
  );
}

/** A frame cannot tell a mail from a refusal, so the address is asked first. */
function useFound(url: string) {
  const [found, setFound] = useState<string | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(() => {
    let here = true;
    find(url).then(
      () => here && setFound(url),
      (error) => here && setTrouble(refusal(error)),
    );
    return () => {
      here = false;
    };
  }, [url]);
  return { found: found !== null, trouble };
}

function refusal(error: unknown): string {
  if (!(error instanceof Problem)) throw error;
  return error.detail;
}

/** As tall as what is in it, and no taller than a screen takes; measured from nothing, since a page fills its frame. */
function fit(frame: HTMLIFrameElement): void {
  frame.style.height = "0";
  const inside = frame.contentDocument?.documentElement;
  const bar = inside && inside.scrollWidth > inside.clientWidth ? 16 : 0;
  frame.style.height = `${Math.min(TALLEST_PX, (inside?.scrollHeight ?? TALLEST_PX) + bar)}px`;
}
