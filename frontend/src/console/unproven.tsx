// Anybody can write any name into a mail: beside the name of a sender who was never proven stands the address.
import type { Ticket } from "./wire";

export function Unproven({ ticket: { kind, customer } }: { ticket: Ticket }) {
  const { name, address, proven } = customer;
  if (kind !== "email" || proven || !address || address === name) return null;
  return (
    <bdi class="unproven faint" data-testid="unproven" title={`Nothing proves that ${address} is who writes`}>
      &lt;{address}&gt;
    </bdi>
  );
}
