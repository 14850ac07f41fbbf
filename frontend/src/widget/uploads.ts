// Files go up while the customer still writes; the message then carries only their references.
import { size } from "../shared/sizes";
import { refusal } from "./session";
import type { Refusal, Session, UploadedFile } from "./wire";

export interface Upload {
  key: number;
  name: string;
  size: number;
  done: UploadedFile | null;
  refused: Refusal | null;
}

let made = 0;

export function beginUpload(file: File): Upload {
  return { key: ++made, name: file.name, size: file.size, done: null, refused: null };
}

/** The upload's end: the same upload with its reference, or with the reason why not. Never throws. */
export async function finishUpload(upload: Upload, file: File, channel: string, session: Session): Promise<Upload> {
  if (file.size > session.limits.file) return { ...upload, refused: tooLarge(session.limits.file) };
  try {
    const response = await post(file, channel, session.token);
    if (!response.ok) return { ...upload, refused: await refusal(response) };
    return { ...upload, done: (await response.json()) as UploadedFile };
  } catch {
    return { ...upload, refused: { title: "Not uploaded", detail: "The connection broke. Please attach it again." } };
  }
}

function post(file: File, channel: string, token: string): Promise<Response> {
  const body = new FormData();
  body.append("file", file);
  const address = `/chat/${encodeURIComponent(channel)}/files?token=${encodeURIComponent(token)}`;
  return fetch(address, { method: "POST", body });
}

function tooLarge(limit: number): Refusal {
  return { title: "Too large", detail: `Files may have up to ${size(limit)}.` };
}
