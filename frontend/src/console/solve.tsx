// Solving: one press, or, where this desk wants to know why, the reason and perhaps a remark.
import { useState } from "preact/hooks";
import { solve } from "./acts";
import { useDesk } from "./context";
import { Menu } from "./menu";
import type { Ticket } from "./wire";

export const SOLVE_ID = "solve";
const REMARK_LIMIT = 500;

export function Solve({ ticket }: { ticket: Ticket }) {
  const desk = useDesk();
  const [remark, setRemark] = useState("");
  if (!desk.solveReasons.length)
    return (
      <button type="button" id={SOLVE_ID} class="strong" data-testid="solve" onClick={() => void solve(desk, ticket)}>
        Solve <kbd>s</kbd>
      </button>
    );
  const choices = desk.solveReasons.map((reason) => ({
    key: reason,
    label: reason,
    act: () => (void solve(desk, ticket, reason, remark.trim()), setRemark("")),
  }));
  const note = () => (
    <label class="menu-form">
      Remark (optional)
      <input
        data-testid="solve-remark"
        maxLength={REMARK_LIMIT}
        dir="auto"
        value={remark}
        onInput={(event) => setRemark(event.currentTarget.value)}
      />
    </label>
  );
  return <Menu id={SOLVE_ID} label="Solve" testid="solve" choices={choices} below={note} />;
}
