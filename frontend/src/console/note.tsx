// A note between colleagues. It says so on every single one: nobody may ever take it for a message.
import { linked } from "../shared/links";
import { clockTime, fullTime } from "../shared/times";
import { Icon } from "./icons";
import type { Note } from "./wire";

export const COLLEAGUES_ONLY = "Colleagues only";

export function NoteEntry({ note }: { note: Note }) {
  return (
    <article class="note" data-testid="note" data-note={note.id}>
      <p class="note-head">
        <Icon name="note" />
        <strong>{note.author.name}</strong>
        <span>{COLLEAGUES_ONLY}</span>
        <time dateTime={note.at} title={fullTime(note.at)}>
          {clockTime(note.at)}
        </time>
      </p>
      <p class="text" dir="auto">
        {linked(note.text)}
      </p>
    </article>
  );
}
