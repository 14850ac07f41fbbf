// Calls to /api/v1. A call that met no server, or one that is restarting, is repeated: reads and PUTs are safe by
// their nature, and a POST by its Idempotency-Key, which stays the same for as long as somebody tries to send that
// one thing. Everything the server refuses becomes a Problem, which says what to do about it.
import { backoff, pause } from "../shared/backoff";
import { serverClock } from "./clock";
import type { Page, UploadedFile } from "./wire";

const TRIES = 3;
const PAGES_AT_MOST = 20;
const RESTARTING = [502, 503, 504];
const OURS = { "X-Requested-With": "contactcenter" };

/** A problem document (RFC 9457), or what stands in for one when there was no answer. */
export class Problem extends Error {
  constructor(
    readonly title: string,
    readonly detail: string,
    readonly status: number,
    readonly remedy: string | null = null,
    readonly field: string | null = null,
  ) {
    super(detail);
  }
}

export function get<T>(path: string): Promise<T> {
  return call<T>("GET", path);
}

export function put<T>(path: string, body: object): Promise<T> {
  return call<T>("PUT", path, body);
}

export function remove<T = void>(path: string): Promise<T> {
  return call<T>("DELETE", path);
}

export function post<T>(path: string, body: object, key: string): Promise<T> {
  return call<T>("POST", path, body, { "Idempotency-Key": key });
}

/** Whether there is anything at an address that a frame is to show; a Problem with the server's words when not. */
export async function find(url: string): Promise<void> {
  const response = await stubbornly(url, { headers: OURS });
  if (!response.ok) throw await problem(response);
  await response.body?.cancel();
}

/** What a file of a message holds. */
export async function bytes(url: string): Promise<Blob> {
  const response = await stubbornly(url, { headers: OURS });
  if (!response.ok) throw await problem(response);
  return response.blob();
}

/** Files go up once and are not repeated: they are large, and their writer is there. `progress` hears shares of 1. */
export function upload(file: Blob, name: string, progress: (share: number) => void): Promise<UploadedFile> {
  const request = new XMLHttpRequest(); // fetch does not tell how far it has got
  request.open("POST", `/api/v1/files?name=${encodeURIComponent(name)}`);
  for (const [header, value] of Object.entries(OURS)) request.setRequestHeader(header, value);
  request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
  request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 1);
  return new Promise((resolve, reject) => {
    request.onerror = () => reject(unreachable());
    request.onload = () => {
      if (request.status === 201) resolve(JSON.parse(request.response) as UploadedFile);
      else void problem(new Response(request.response, { status: request.status })).then(reject);
    };
    request.send(file);
  });
}

/** Every page of a list, up to a limit that no ticket's messages and no desk's agents reach. */
export async function all<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < PAGES_AT_MOST; pages++) {
    const page: Page<T> = await get(
      cursor ? `${path}${path.includes("?") ? "&" : "?"}after=${encodeURIComponent(cursor)}` : path,
    );
    items.push(...page.items);
    cursor = page.next;
    if (!cursor) break;
  }
  return items;
}

async function call<T>(method: string, path: string, body?: object, more: Record<string, string> = {}): Promise<T> {
  const headers = { ...OURS, ...(body && { "Content-Type": "application/json" }), ...more };
  const request: RequestInit = { method, headers, ...(body && { body: JSON.stringify(body) }) };
  const response = await stubbornly(`/api/v1${path}`, request);
  serverClock.observe(response.headers.get("Date"));
  if (!response.ok) throw await problem(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

async function stubbornly(url: string, request: RequestInit): Promise<Response> {
  for (let tried = 1; ; tried++) {
    const response = await fetch(url, request).catch(() => null);
    if (response && !RESTARTING.includes(response.status)) return response;
    if (tried < TRIES) await pause(backoff(tried));
    else if (response) return response;
    else throw unreachable();
  }
}

function unreachable(): Problem {
  return new Problem("No connection", "The server could not be reached.", 0, "Check the network, then try again.");
}

async function problem(response: Response): Promise<Problem> {
  const document = (await response.json().catch(() => ({}))) as Record<string, string | undefined>;
  const detail = document.detail ?? `The server answered ${response.status}.`;
  return new Problem(
    document.title ?? "That did not work",
    detail,
    response.status,
    document.remedy ?? null,
    document.field ?? null,
  );
}
