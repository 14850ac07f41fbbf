// Tickets held out to me, with the time left to take them: one at a time, and how many come after it. They float in a
// corner and move nothing: an offer that pushed the page down would put Accept under a finger that meant another thing.
import { answerOffer } from "./acts";
import { useDesk } from "./context";
import { ChannelIcon } from "./icons";
import { useSeconds } from "./ticking";
import type { Offer } from "./wire";

export function Offers() {
  const desk = useDesk();
  const mine = [...desk.offers.values()].filter(({ agent }) => agent === desk.me!.id);
  const now = useSeconds(mine.length > 0);
  const [first, ...others] = mine.filter((offer) => Date.parse(offer.expires_at) > now).sort((a, b) => a.id - b.id);
  return (
    <div role="region" aria-label="Offers" aria-live="assertive">
      {first && <Banner offer={first} others={others.length} now={now} />}
    </div>
  );
}

function Banner({ offer, others, now }: { offer: Offer; others: number; now: number }) {
  const desk = useDesk();
  // The next offer takes this one's place at once; the second click of a double click is not meant for it.
  const answer = (event: MouseEvent, state: "accepted" | "declined") => {
    if (event.detail < 2) void answerOffer(desk, offer, state);
  };
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
        {/* Why them and how urgent it is; who was passed over is on the history. */}
        <p class="offer-why" dir="auto">
          {[offer.reasons[0], offer.reasons.at(-1)].join(" · ")}
        </p>
      </div>
      <div class="offer-foot">
        <span class="offer-left" aria-hidden="true">
          <progress max={whole} value={left} /> {left} s
        </span>
        <button
          type="button"
          class="primary"
          data-testid="offer-accept"
          onClick={(event) => answer(event, "accepted")}
        >
          Accept
        </button>
        <button type="button" class="quiet" data-testid="offer-decline" onClick={(event) => answer(event, "declined")}>
          Decline
        </button>
      </div>
      {others > 0 && (
        <p class="offer-others" data-testid="offers-more">
          {others} more {others === 1 ? "offer" : "offers"}
        </p>
      )}
    </section>
  );
}
