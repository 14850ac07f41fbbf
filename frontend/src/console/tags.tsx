// The words a ticket is marked by, put there by rules and by people: shown beside its facts, changed in a small form.
import { useState } from "preact/hooks";
import { setTags } from "./acts";
import { useDesk } from "./context";
import { Popup } from "./popup";
import type { Ticket } from "./wire";

const LENGTH_LIMIT = 400;

export function TagChips({ ticket }: { ticket: Ticket }) {
  return (
    <>
      {ticket.tags.map((tag) => (
        <span key={tag} class="mark" data-testid="tag" dir="auto">
          {tag}
        </span>
      ))}
    </>
  );
}

export function Tags({ ticket }: { ticket: Ticket }) {
  return (
    <Popup label="Tags" testid="tags">
      {(close) => <Marks ticket={ticket} done={close} />}
    </Popup>
  );
}

function Marks({ ticket, done }: { ticket: Ticket; done: () => void }) {
  const desk = useDesk();
  const [words, setWords] = useState(ticket.tags.join(" "));
  const save = async (event: Event) => {
    event.preventDefault();
    if (await setTags(desk, ticket, words.split(/[\s,]+/).filter(Boolean))) done();
  };
  return (
    <form class="menu-form" onSubmit={save}>
      <label>
        Tags, with a space between
        <input
          data-testid="tags-words"
          maxLength={LENGTH_LIMIT}
          dir="auto"
          value={words}
          onInput={(event) => setWords(event.currentTarget.value)}
        />
      </label>
      <button type="submit">Save</button>
    </form>
  );
}
