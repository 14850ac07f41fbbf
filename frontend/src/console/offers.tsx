// Tickets held out to me, with the time left to take them. They float in a corner and move nothing: an offer that
// pushed the page down would put Accept under a finger that meant something else.
import { useEffect, useState } from "preact/hooks";
import { answerOffer } from "./acts";
import { serverClock } from "./clock";
import { useDesk } from "./context";
import { ChannelIcon } from "./icons";
import type { Offer } from "./wire";

export function Offers() {
  const desk = useDesk();
  const mine = [...desk.offers.values()].filter(({ agent }) => agent === desk.me!.id);
  const now = useSeconds(mine.length > 0);
  const standing = mine.filter((offer) => Date.parse(offer.expires_at) > now);
  return (
    <div role="region" aria-label="Offers" aria-live="assertive">
      {standing.map((offer) => (
        <Banner key={offer.id} offer={offer} now={now} />
      ))}
    </div>
  );
}

function Banner({ offer, now }: { offer: Offer; now: number }) {
  const desk = useDesk();
  const { ticket } = offer;
  const left = Math.ceil((Date.parse(offer.expires_at) - now) / 1000);
  const whole = Math.max(1, (Date.parse(offer.expires_at) - Date.parse(offer.created_at)) / 1000);
  return (
    <section class="offer" data-testid="offer" data-offer={offer.id}>
      <ChannelIcon kind={ticket.kind} />
      <div class="offer-words">
        <p class="offer-mark">Offered to you from {ticket.queue}</p>
        <p dir="auto">
          <strong>{ticket.customer.name}</strong>: {ticket.subject}
        </p>
        <p class="offer-why" dir="auto">
          {offer.reasons.join(" · ")}
        </p>
      </div>
      <span class="offer-left" aria-hidden="true">
        <progress max={whole} value={left} /> {left} s
      </span>
      <button
        type="button"
        class="primary"
        data-testid="offer-accept"
        onClick={() => void answerOffer(desk, offer, "accepted")}
      >
        Accept
      </button>
      <button
        type="button"
        class="quiet"
        data-testid="offer-decline"
        onClick={() => void answerOffer(desk, offer, "declined")}
      >
        Decline
      </button>
    </section>
  );
}

function useSeconds(running: boolean): number {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => tick((n) => n + 1), 1_000);
    return () => clearInterval(timer);
  }, [running]);
  return serverClock.now();
}
