// Whom a reply reaches. A mail also goes to all who take part in its thread, so each of them is named where the reply
// is written, and can be left out there.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { addParticipant, removeParticipant } from "./acts";
import { useDesk } from "./context";
import { Icon } from "./icons";
import { kindWord } from "./kinds";
import type { Participant, Ticket } from "./wire";

const ADD_ID = "add-participant";

export function Recipients({ ticket }: { ticket: Ticket }) {
  const { participants, answersTo } = useDesk().detail(ticket.id);
  const whom = answersTo ? `${ticket.customer.name} <${answersTo}>` : ticket.customer.name;
  const many = participants.length > 0;
  return (
    <p class={`reach${many ? " reach-many" : ""}`} id="reach" data-testid="recipients">
      <span dir="auto">{`To ${whom}, ${many ? "and in copy:" : `by ${kindWord(ticket.kind)}`}`}</span>
      {participants.map((one) => (
        <InCopy key={one.address} one={one} ticket={ticket} />
      ))}
      {ticket.kind === "email" && <Add ticket={ticket} />}
    </p>
  );
}

function InCopy({ one, ticket }: { one: Participant; ticket: Ticket }) {
  const desk = useDesk();
  const name = one.name || one.address;
  const remove = () => {
    void removeParticipant(desk, ticket.id, one.address);
    document.getElementById(ADD_ID)?.focus(); // what had the focus is about to go
  };
  return (
    <span
      class={`copy${one.joined ? " copy-joined" : ""}`}
      data-testid="participant"
      data-address={one.address}
      title={one.joined ? `${one.address}, joined by answering` : one.address}
    >
      <span class="copy-name" dir="auto">
        {name}
      </span>
      <button type="button" aria-label={`Remove ${name}`} onClick={remove}>
        <Icon name="close" />
      </button>
    </span>
  );
}

/** Enter adds, Escape and leaving it empty go back to the button. */
function Add({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  const [open, setOpen] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const returns = useRef(false);
  // Before the next key: typed a moment sooner, the first letters would act on the desk.
  useLayoutEffect(() => {
    if (open) input.current!.focus();
    else if (returns.current) document.getElementById(ADD_ID)!.focus();
    returns.current = false;
  }, [open]);
  const close = () => {
    returns.current = true;
    setOpen(false);
  };
  const add = async () => {
    const { name, address } = parsed(input.current!.value);
    if (address && (await addParticipant(desk, ticket.id, name, address))) close();
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "Enter") void add();
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  };
  if (!open)
    return (
      <button
        type="button"
        class="copy-add"
        id={ADD_ID}
        data-testid="add-participant"
        aria-label="Add somebody in copy"
        onClick={() => setOpen(true)}
      >
        + Add
      </button>
    );
  return (
    <span class="copy-form">
      <input
        ref={input}
        type="text"
        inputMode="email"
        aria-label="Address to answer in copy"
        placeholder="bob@example.com"
        onKeyDown={pressed}
        onBlur={(event) => !event.currentTarget.value.trim() && setOpen(false)}
      />
      <button type="button" class="copy-add" onClick={() => void add()}>
        Add
      </button>
    </span>
  );
}

/** As addresses are copied: alone, or as Bob <bob@example.com>. */
export function parsed(text: string): { name: string; address: string } {
  const [, name, address] = /^([^<]*)<([^<>]*)>\s*$/.exec(text) ?? [];
  return { name: (name ?? "").trim().replace(/^"(.*)"$/, "$1"), address: (address ?? text).trim() };
}
