// A reply or note that the server has not confirmed, and what can be done when it was refused.
import { size } from "../shared/sizes";
import { sayAgain, takeBack } from "./acts";
import { useDesk } from "./context";
import { COLLEAGUES_ONLY } from "./note";
import type { Unsent } from "./unsent";

export function UnsentEntry({ item }: { item: Unsent }) {
  const note = item.mode === "note";
  return (
    <article class={`${note ? "note" : "entry by-agent"} unsent`} data-unsent={item.mode}>
      <div class="entry-body">
        {note && <p class="note-head">{COLLEAGUES_ONLY}</p>}
        <div class={note ? "" : "bubble"}>
          <p class="text" dir="auto">
            {item.text}
          </p>
          {item.files.map(({ file, name, size: bytes }) => (
            <p key={file} class="file">
              {name} <small>{size(bytes)}</small>
            </p>
          ))}
        </div>
        {item.trouble ? <Trouble item={item} trouble={item.trouble} /> : <p class="delivery">Sending…</p>}
      </div>
    </article>
  );
}

function Trouble({ item, trouble }: { item: Unsent; trouble: string }) {
  const desk = useDesk();
  return (
    <p class="delivery delivery-buried" role="alert">
      {item.mode === "note" ? "Not kept" : "Not sent"}: {trouble}
      <button type="button" onClick={() => void sayAgain(desk, item)}>
        Try again
      </button>
      <button type="button" onClick={() => takeBack(desk, item)}>
        Edit
      </button>
    </p>
  );
}
