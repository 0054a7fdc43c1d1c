/**
 * Drawings take turns: when new data come for many figures at once, each is drawn in a task of its own, so that the page answers in between.
 * One that comes alone, as while a hand drags, is drawn at once.
 */

const waiting: (() => void)[] = [];
let taken = false;

function next(): void {
  const draw = waiting.shift();
  taken = draw !== undefined;
  if (!draw) return;
  setTimeout(next);
  draw();
}

/** Draws, now or in turn; gives what takes the drawing back as long as it waits. */
export function inTurn(draw: () => void): () => void {
  if (taken) {
    waiting.push(draw);
    return () => {
      const place = waiting.indexOf(draw);
      if (place >= 0) waiting.splice(place, 1);
    };
  }
  taken = true;
  setTimeout(next);
  draw();
  return () => undefined;
}
