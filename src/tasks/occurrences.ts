/** @file Whether pieces of a text stand in it once: asked for thousands of pieces of a long window. */

/** Characters by which places are looked up; a shorter piece is searched for. */
const gram = 8;
/** Below, searching costs less than looking up. */
const longText = 4096;

/** A question about `body`: does a piece stand in it exactly once? The same answer as two searches give, sooner. */
export function onceIn(body: string): (piece: string) => boolean {
  if (body.length < longText) return (piece) => searchedOnce(body, piece);
  const places = new Map<string, number[]>();
  for (let at = 0; at + gram <= body.length; at++) {
    const start = body.slice(at, at + gram);
    const known = places.get(start);
    if (known) known.push(at);
    else places.set(start, [at]);
  }
  return (piece) => {
    if (piece.length < gram) return searchedOnce(body, piece);
    let count = 0;
    for (const at of places.get(piece.slice(0, gram)) ?? []) {
      if (body.startsWith(piece, at) && ++count > 1) return false;
    }
    return count === 1;
  };
}

function searchedOnce(body: string, piece: string): boolean {
  const first = body.indexOf(piece);
  return first !== -1 && body.indexOf(piece, first + 1) === -1;
}
