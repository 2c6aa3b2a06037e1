/** @file An answer's text cut where its behaviours begin and end, long stretches without any left out. Pure. */
import type { Behaviour } from '../../evaluation/behaviour-patterns';
import type { BehaviourInstance } from '../../evaluation/behaviours';

export interface Piece {
  /** Character of the text at which it begins. */
  at: number;
  text: string;
  /** What its words show; none for the text between. */
  behaviours: readonly Behaviour[];
}

/** Characters kept on either side of a stretch that is cut. */
const around = 120;

/** The text in pieces of one look each, in order; an ellipsis stands for what is left out. */
export function piecesOf(text: string, found: readonly BehaviourInstance[], keep = around): Piece[] {
  const cuts = [...new Set([0, ...found.flatMap(({ start, end }) => [start, end]), text.length])].sort(
    (a, b) => a - b,
  );
  return cuts.slice(0, -1).map((at, i) => {
    const end = cuts[i + 1];
    const behaviours = [
      ...new Set(found.filter((one) => one.start < end && one.end > at).map(({ behaviour }) => behaviour)),
    ];
    const piece = text.slice(at, end);
    return {
      at,
      text: behaviours.length > 0 ? piece : shortened(piece, i > 0, end < text.length, keep),
      behaviours,
    };
  });
}

/** What stands near a behaviour stays: the begin of what follows one, the end of what precedes one. */
function shortened(text: string, follows: boolean, precedes: boolean, keep: number): string {
  const [head, tail] = [follows || !precedes ? keep : 0, precedes ? keep : 0];
  if (text.length <= head + tail + 1) return text;
  return `${text.slice(0, head)}…${tail > 0 ? text.slice(-tail) : ''}`;
}
