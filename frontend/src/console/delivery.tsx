// How far a message of ours has got, and what can be done about it: taken back in time, or sent again.
import { useState } from "preact/hooks";
import { repeatDelivery, withdraw } from "./acts";
import { COMPOSER_ID } from "./composer";
import { useDesk } from "./context";
import type { Desk } from "./desk";
import { useSeconds } from "./ticking";
import type { Delivery, Message, Ticket } from "./wire";

export const DELIVERY: Record<Delivery, string> = {
  due: "Waiting to be sent",
  sending: "Sending…",
  sent: "Sent",
  delivered: "Delivered",
  read: "Read",
  unknown: "May not have arrived",
  buried: "Not delivered",
  withdrawn: "Taken back",
};

interface Props {
  message: Message;
  ticket: Ticket;
  delivery: Delivery;
}

export function DeliveryLine({ message, ticket, delivery }: Props) {
  const until = undoneUntil(useDesk(), message, ticket);
  const left = Math.ceil((until - useSeconds(until > 0)) / 1000);
  return (
    <p class={`delivery delivery-${delivery}`} data-delivery={delivery}>
      {DELIVERY[delivery]}
      {message.delivery_reason && <span class="delivery-reason">: {message.delivery_reason}</span>}
      {left > 0 && <Undo message={message} left={left} />}
      {(delivery === "unknown" || delivery === "buried") && <Repeat message={message} delivery={delivery} />}
    </p>
  );
}

/** The seconds are for the eye alone: read out one by one, they would be all that is heard. */
function Undo({ message, left }: { message: Message; left: number }) {
  const desk = useDesk();
  const [asked, setAsked] = useState(false);
  const undo = async () => {
    setAsked(true);
    await withdraw(desk, message);
    setAsked(false);
    document.getElementById(COMPOSER_ID)?.focus();
  };
  return (
    <>
      <span class="undo-left" aria-hidden="true">
        {left} s
      </span>
      <button type="button" class="undo" data-testid="undo" disabled={asked} onClick={() => void undo()}>
        Undo
      </button>
    </>
  );
}

function Repeat({ message, delivery }: { message: Message; delivery: "unknown" | "buried" }) {
  const desk = useDesk();
  const warning = "If it did arrive, the customer gets it twice";
  return (
    <button
      type="button"
      data-testid="repeat"
      title={delivery === "unknown" ? warning : "Try to deliver it once more"}
      onClick={() => void repeatDelivery(desk, message)}
    >
      Send again
    </button>
  );
}

/** The instant until which a reply of mine waits to be taken back; 0 for any other message. */
export function undoneUntil({ channels, me }: Desk, { delivery, author, at }: Message, { channel }: Ticket): number {
  const wait = channels.find(({ name }) => name === channel)?.undo_seconds ?? 0;
  if (delivery !== "due" || !wait || author.kind !== "agent" || author.id !== me!.id) return 0;
  return Date.parse(at) + wait * 1000;
}
