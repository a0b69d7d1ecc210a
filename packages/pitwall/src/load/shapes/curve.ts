/** A straight piece of a curve: from `begin` to `end` seconds the value goes from `from` to `to`. */
interface Piece {
  readonly begin: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/** A rate or a number of users over time: pieces without gaps between them. The value may jump where two of them meet. */
export type Curve = readonly Piece[];

/** Goes to `to` within `over` seconds and stays there for `hold` seconds. */
export interface Leg {
  readonly to: number;
  readonly over: number;
  readonly hold: number;
}

/** The integral of a curve at the end of a piece is a whole number when it is this close to one: sums of floats. */
const WHOLE = 1e-6;

/** The curve that begins at `first`, takes all legs, and holds its last value until `seconds` (or ends there, if earlier). */
export function follow(first: number, legs: readonly Leg[], seconds: number): Curve {
  const pieces: Piece[] = [];
  let begin = 0;
  let value = first;
  const add = (to: number, length: number): void => {
    const end = Math.min(seconds, begin + length);
    if (end > begin) pieces.push({ begin, end, from: value, to: value + (to - value) * ((end - begin) / length) });
    begin = end;
    value = to;
  };
  for (const { to, over, hold } of legs) {
    add(to, over);
    add(to, hold);
  }
  if (seconds > begin) pieces.push({ begin, end: seconds, from: value, to: value });
  return pieces;
}

/** The same value all the time. */
export const flat = (value: number, seconds: number): Curve => follow(value, [], seconds);

/** The same curve, later by `seconds`, during which its first value is held. */
export function after(seconds: number, curve: Curve): Curve {
  if (seconds === 0) return curve;
  const later = curve.map((piece) => ({ ...piece, begin: piece.begin + seconds, end: piece.end + seconds }));
  return [...flat(valueAt(curve, 0), seconds), ...later];
}

/** The value at a time; at a jump the value after it. Before its begin the first, after its end the last. */
export function valueAt(curve: Curve, seconds: number): number {
  const piece = curve.find(({ end }) => seconds < end);
  if (!piece) return curve.at(-1)?.to ?? 0;
  return seconds <= piece.begin ? piece.from : along(piece, seconds);
}

/** The highest value. */
export function peakOf(curve: Curve): number {
  return curve.reduce((most, { from, to }) => Math.max(most, from, to), 0);
}

/**
 * The first time at or after `seconds` from which on the value is above `level`; Infinity when there is none. `first`: a piece
 * that is known not to lie after `seconds`.
 */
export function firstAbove(curve: Curve, level: number, seconds: number, first = 0): number {
  for (let index = first; index < curve.length; index++) {
    const piece = curve[index]!;
    if (piece.end <= seconds) continue;
    const begin = Math.max(piece.begin, seconds);
    if (along(piece, begin) > level) return begin;
    if (piece.to > level) {
      return Math.max(
        begin,
        piece.begin + ((level - piece.from) / (piece.to - piece.from)) * (piece.end - piece.begin),
      );
    }
  }
  return Number.POSITIVE_INFINITY;
}

function along({ begin, end, from, to }: Piece, seconds: number): number {
  return from === to ? from : from + (to - from) * ((seconds - begin) / (end - begin));
}

/**
 * What a curve of a rate adds up to. Remembers the pieces it looked at last, so that asking for ever later amounts and times
 * costs no search.
 */
export class Integral {
  /** Of the whole curve. */
  readonly total: number;
  readonly #curve: Curve;
  /** Before each piece. */
  readonly #before: readonly number[];
  #amountPiece = 0;
  #timePiece = 0;

  constructor(curve: Curve) {
    let sum = 0;
    this.#curve = curve;
    this.#before = curve.map(({ begin, end, from, to }) => {
      const before = sum;
      const exact = sum + ((from + to) / 2) * (end - begin);
      sum = Math.abs(exact - Math.round(exact)) < WHOLE ? Math.round(exact) : exact;
      return before;
    });
    this.total = sum;
  }

  /** Up to a time in seconds. */
  until(seconds: number): number {
    const curve = this.#curve;
    let index = this.#timePiece;
    while (index < curve.length && curve[index]!.end <= seconds) index++;
    while (index > 0 && curve[index - 1]!.end > seconds) index--;
    this.#timePiece = index;
    const piece = curve[index];
    if (!piece) return this.total;
    if (seconds <= piece.begin) return this.#before[index]!;
    return this.#before[index]! + ((piece.from + along(piece, seconds)) / 2) * (seconds - piece.begin);
  }

  /**
   * When it reaches `amount`, in seconds; where it stays at that amount for a while (the rate is 0), at the end of the while.
   * Inside a piece `amount = a·t + s·t²/2`, solved in the form that loses no digits when the slope s is small:
   * `t = 2x / (a + √(a² + 2·s·x))` (W. H. Press et al., Numerical Recipes, §5.6).
   */
  when(amount: number): number {
    const before = this.#before;
    let index = this.#amountPiece;
    while (index + 1 < before.length && before[index + 1]! <= amount) index++;
    while (index > 0 && before[index]! > amount) index--;
    this.#amountPiece = index;
    const { begin, end, from, to } = this.#curve[index]!;
    const rest = amount - before[index]!;
    if (rest <= 0) return begin;
    if (from === to) return begin + rest / from;
    const slope = (to - from) / (end - begin);
    return begin + (2 * rest) / (from + Math.sqrt(Math.max(0, from * from + 2 * slope * rest)));
  }
}
