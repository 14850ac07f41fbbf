// What a colleague forwarded is somebody else's: here the ticket is given to who wrote it, and answers go to them.
import { useState } from "preact/hooks";
import { giveToCustomer } from "./acts";
import { useDesk } from "./context";
import { parsed } from "./recipients";
import type { Ticket } from "./wire";

export function GiveAway({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  if (ticket.kind !== "email") return null;
  if (!open)
    return (
      <button type="button" class="quiet give-away-open" data-testid="give-away" onClick={() => setOpen(true)}>
        Not theirs? Give it to who wrote it
      </button>
    );
  const give = async (event: Event) => {
    event.preventDefault();
    const { name, address } = parsed(text);
    if (address && (await giveToCustomer(desk, ticket, name, address))) setOpen(false);
  };
  return (
    <form class="give-away" onSubmit={(event) => void give(event)}>
      <input
        type="text"
        inputMode="email"
        aria-label="Who wrote it"
        placeholder="Ada <ada@example.com>"
        value={text}
        ref={(input) => input?.focus()}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Escape" && setOpen(false)}
      />
      <button type="submit" class="strong" disabled={!text.includes("@")}>
        Give
      </button>
    </form>
  );
}
