// What people wrote, shown as text. Addresses that begin with http or https become links and nothing else does: no
// other scheme can run, and no markup is ever read.
import type { ComponentChildren } from "preact";

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`]+/gi;
const TRAILING = /[.,;:!?)\]}]+$/;

export function linked(text: string): ComponentChildren[] {
  const parts: ComponentChildren[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimmed(match[0]);
    if (!safeUrl(address)) continue;
    parts.push(text.slice(end, match.index), <Link href={address}>{address}</Link>);
    end = match.index + address.length;
  }
  parts.push(text.slice(end));
  return parts;
}

export function Link({ href, children }: { href: string; children: ComponentChildren }) {
  const url = safeUrl(href);
  if (!url) return <span>{children}</span>;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

/** The address itself when it is http(s), here or elsewhere; null for javascript:, data: and whatever else. */
export function safeUrl(href: string): string | null {
  try {
    const { protocol } = new URL(href, location.href);
    return protocol === "https:" || protocol === "http:" ? href : null;
  } catch {
    return null;
  }
}

/** A sentence's full stop is not part of the address; a closing bracket is, if the address opened it. */
function trimmed(address: string): string {
  const tail = TRAILING.exec(address)?.[0];
  if (!tail) return address;
  if (tail[0] === ")" && address.includes("(")) return address.slice(0, address.length - tail.length + 1);
  return address.slice(0, -tail.length);
}
