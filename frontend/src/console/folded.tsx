// A text whose quotes and signatures are folded away, each behind a button that says what it is.
import { useState } from "preact/hooks";
import { linked } from "../shared/links";
import type { Fold } from "./wire";

const WORDS: Record<Fold["kind"], string> = { quote: "quoted text", signature: "signature" };

interface Piece {
  text: string;
  /** Null: it is shown at once. */
  kind: Fold["kind"] | null;
}

export function FoldedText({ text, folds }: { text: string; folds: Fold[] }) {
  if (!folds.length) return <p class="text">{linked(text)}</p>;
  const pieces = cut(text, folds);
  const all = !pieces.some(({ kind }) => !kind); // nothing else was said, so nothing is hidden
  return (
    <>
      {pieces.map((piece, i) =>
        piece.kind ? (
          <Folded key={i} text={piece.text} words={WORDS[piece.kind]} open={all} />
        ) : (
          <p key={i} class="text">
            {linked(piece.text)}
          </p>
        ),
      )}
    </>
  );
}

function Folded({ text, words, open }: { text: string; words: string; open: boolean }) {
  const [shown, setShown] = useState(open);
  return (
    <div class="fold">
      <button type="button" data-testid="fold" aria-expanded={shown} onClick={() => setShown(!shown)}>
        {shown ? "Hide" : "Show"} {words}
      </button>
      {shown && <p class="text">{linked(text)}</p>}
    </div>
  );
}

/** The lines between folds and in them, without the empty ones around them. Folds come in order and do not overlap. */
function cut(text: string, folds: Fold[]): Piece[] {
  const place = places(text);
  const pieces: Piece[] = [];
  let end = 0;
  for (const { start, end: stop, kind } of folds) {
    const from = place(start);
    pieces.push({ text: text.slice(end, from), kind: null });
    end = place(stop);
    pieces.push({ text: text.slice(from, end), kind });
  }
  pieces.push({ text: text.slice(end), kind: null });
  return pieces.map((piece) => ({ ...piece, text: trimmed(piece.text) })).filter((piece) => piece.text);
}

/** Where a code point stands among JavaScript's units; asked in ascending order, so that all is one walk. */
function places(text: string): (point: number) => number {
  let counted = 0;
  let at = 0;
  return (point) => {
    for (; counted < point && at < text.length; counted++) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
    return at;
  };
}

function trimmed(text: string): string {
  return text.trimEnd().replace(/^(?:[^\S\n]*\n)+/, "");
}
