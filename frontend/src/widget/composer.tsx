// Where the customer writes. Enter sends and Shift+Enter breaks the line; half-composed characters (IME) never send.
// What is written and not sent survives a reload.
import { useEffect, useRef, useState } from "preact/hooks";
import { drop, read, write } from "../shared/keep";
import type { Chat } from "./chat";
import { framed } from "./host";
import { beginUpload, finishUpload, type Upload } from "./uploads";

const TALLEST_PX = 160;

export function Composer({ chat }: { chat: Chat }) {
  const { text, setText } = useDraft(chat.channel);
  const { uploads, attach, remove, clear } = useUploads(chat);
  const area = useGrowing(text);
  const done = uploads.flatMap((upload) => upload.done ?? []);
  const busy = uploads.some((upload) => !upload.done && !upload.refused);
  const limit = chat.session?.limits.text ?? 8000;
  const ready = !busy && text.length <= limit && (text.trim() !== "" || done.length > 0);

  const send = () => {
    if (!ready) return;
    chat.say(text.trim(), done);
    setText("");
    clear();
    area.current?.focus();
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  };
  const written = (value: string) => {
    setText(value);
    if (value) chat.type();
  };

  return (
    <form class="composer" onSubmit={(event) => (event.preventDefault(), send())}>
      <Uploads uploads={uploads} remove={remove} />
      {text.length > limit && (
        <p class="notice" role="alert">
          {text.length - limit} characters too long: a message may have up to {limit}.
        </p>
      )}
      <div class="composer-row">
        {chat.session?.files && <AttachButton attach={attach} />}
        <textarea
          ref={area}
          data-testid="composer"
          aria-label="Your message"
          placeholder="Write a message"
          rows={1}
          dir="auto"
          enterkeyhint="send"
          value={text}
          onInput={(event) => written(event.currentTarget.value)}
          onKeyDown={pressed}
          onPaste={(event) => chat.session?.files && attach(event.clipboardData?.files)}
        />
        <button type="submit" class="send" data-testid="send" aria-label="Send" disabled={!ready}>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M12 19V5M6 11l6-6 6 6" />
          </svg>
        </button>
      </div>
    </form>
  );
}

function AttachButton({ attach }: { attach: (files: FileList | null | undefined) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class="icon" aria-label="Attach a file" onClick={() => input.current!.click()}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M20 11l-8.5 8.5a5 5 0 01-7-7L13 4a3.4 3.4 0 015 5l-8.5 8.5a1.7 1.7 0 01-2.5-2.5L14.5 7.5" />
        </svg>
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="File to attach"
        data-testid="file"
        onChange={(event) => {
          attach(event.currentTarget.files);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

function Uploads({ uploads, remove }: { uploads: Upload[]; remove: (key: number) => void }) {
  if (!uploads.length) return null;
  return (
    <ul class="uploads" aria-label="Attached files">
      {uploads.map((upload) => (
        <li key={upload.key} class={upload.refused ? "upload-refused" : ""}>
          <span class="file-name">{upload.name}</span>
          <span role="status">{uploadWords(upload)}</span>
          <button type="button" aria-label={`Remove ${upload.name}`} onClick={() => remove(upload.key)}>
            ×
          </button>
        </li>
      ))}
    </ul>
  );
}

function uploadWords(upload: Upload): string {
  if (upload.refused) return `${upload.refused.title}: ${upload.refused.detail}`;
  return upload.done ? "" : "Uploading…";
}

function useUploads(chat: Chat) {
  const [uploads, setUploads] = useState<Upload[]>([]);
  const remove = (key: number) => setUploads((all) => all.filter((one) => one.key !== key));
  const attach = (files: FileList | null | undefined) => {
    for (const file of files ?? []) void upload(file);
  };
  const upload = async (file: File) => {
    const begun = beginUpload(file);
    setUploads((all) => [...all, begun]);
    const ended = await finishUpload(begun, file, chat.channel, chat.session!);
    setUploads((all) => all.map((one) => (one.key === begun.key ? ended : one)));
  };
  return { uploads, attach, remove, clear: () => setUploads([]) };
}

function useDraft(channel: string) {
  const key = `contactcenter:${channel}:draft`;
  const [text, setText] = useState(() => read<string>(key) ?? "");
  useEffect(() => (text ? write(key, text) : drop(key)), [text]);
  return { text, setText };
}

function useGrowing(text: string) {
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    // Who clicked the launcher wants to write; on a phone that would raise the keyboard over the conversation.
    if (framed && matchMedia("(hover: hover)").matches) area.current!.focus();
  }, []);
  useEffect(() => {
    const element = area.current!;
    element.style.height = "auto";
    element.style.height = `${Math.min(TALLEST_PX, element.scrollHeight)}px`;
  }, [text]);
  return area;
}
