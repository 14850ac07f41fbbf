// The keys, on one card.
import { useEffect, useRef } from "preact/hooks";
import { useDesk } from "./context";
import { KEYS } from "./keys";

export function Help() {
  const desk = useDesk();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (desk.help) dialog.current!.showModal();
  }, [desk.help]);
  const closed = () => {
    desk.help = false;
    desk.changed();
  };
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={closed}>
      <h2 id="help-title">Keyboard</h2>
      <dl>
        {KEYS.map(({ keys, does }) => (
          <div key={keys}>
            <dt>{keys.split(" ").map((key) => (key === "/" && keys !== "/" ? " or " : <kbd key={key}>{key}</kbd>))}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <button type="button" class="primary" onClick={() => dialog.current!.close()}>
        Close
      </button>
    </dialog>
  );
}
