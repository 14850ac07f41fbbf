// Drawing in step with what happens. One change is drawn at once; a burst of them (a resumed conversation arrives as
// hundreds of frames) becomes one drawing every so often. A timer and not an animation frame: hidden tabs keep their
// titles up to date.

const EVERY_MS = 16;

export function paced(draw: () => void): () => void {
  let scheduled = false;
  let drawnAt = -EVERY_MS;
  const now = () => {
    scheduled = false;
    draw();
    drawnAt = performance.now();
  };
  return () => {
    if (scheduled) return;
    scheduled = true;
    const wait = drawnAt + EVERY_MS - performance.now();
    if (wait <= 0) queueMicrotask(now);
    else setTimeout(now, wait);
  };
}
