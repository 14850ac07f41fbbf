// The files that are to go with a reply, each with how far it is up, and the button that adds one.
import { useRef } from "preact/hooks";
import { size } from "../shared/sizes";
import { attach } from "./attach";
import type { Attachment } from "./attachments";
import { useDesk } from "./context";
import { Icon } from "./icons";
import type { Ticket } from "./wire";

export function Files({ ticket }: { ticket: Ticket }) {
  const { attachments, mode } = useDesk();
  const files = mode === "reply" ? attachments.of(ticket.id) : [];
  const refused = attachments.refused(ticket.id);
  return (
    <>
      {files.length > 0 && (
        <ul class="attachments" aria-label="Files of this reply">
          {files.map((file) => (
            <Chip key={file.key} file={file} ticket={ticket} />
          ))}
        </ul>
      )}
      <p role="alert" class="refused" data-testid="refused" hidden={!refused}>
        {refused}
      </p>
    </>
  );
}

export function AttachButton({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  const input = useRef<HTMLInputElement>(null);
  const chosen = () => {
    attach(desk, ticket, [...input.current!.files!]);
    input.current!.value = ""; // so that the same file can be chosen once more
  };
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label="Attach files"
        title="Attach files"
        onClick={() => input.current!.click()}
      >
        <Icon name="attach" />
      </button>
      <input ref={input} type="file" multiple hidden data-testid="file" onChange={chosen} />
    </>
  );
}

function Chip({ file, ticket }: { file: Attachment; ticket: Ticket }) {
  const desk = useDesk();
  const { name, trouble, done, progress } = file;
  const remove = () => {
    desk.attachments.remove(ticket.id, file.key);
    desk.changed();
  };
  return (
    <li class={`attachment${trouble ? " attachment-failed" : ""}`} data-testid="attachment">
      <span class="attachment-name" title={name}>
        {name}
      </span>
      <small role={trouble ? "alert" : undefined}>
        {trouble ? `Not attached: ${trouble}` : done ? size(file.size) : `${Math.floor(progress * 100)} %`}
      </small>
      <button type="button" aria-label={`Remove ${name}`} onClick={remove}>
        <Icon name="close" />
      </button>
    </li>
  );
}
