/**
 * How much backtracking a regular expression can be at most, read from its source. Bounds what is easily bounded: characters
 * and classes, with quantifiers, in groups without quantifiers. For the rest (`(a+)+`, references back, looking around) no
 * bound is given.
 *
 * One attempt to match goes through the pattern from left to right. What multiplies its work is the number of ways to reach a
 * place: a repeated class that may give back characters to what follows adds a factor of the text's length. It does not when
 * what follows cannot take any of them: after `[^"]*` a `"` can only stand at the first one, and `\s*\d+` splits in one way.
 */
export interface PatternCost {
  /** Text that every match begins with: elsewhere an attempt ends within it. */
  readonly prefix: string;
  /** An attempt takes at most `factor` × length ^ `exponent` steps. */
  readonly factor: number;
  readonly exponent: number;
}

const UNBOUNDED: PatternCost = { prefix: '', factor: 1, exponent: Number.POSITIVE_INFINITY };

/** A character, an escape, a class, or the begin of a group (also a named one, or one that is not captured). */
const ATOM = /\\(?:[^ukpPxc0-9]|x[\da-f]{2}|u[\da-f]{4})|\[(?:[^\]\\]|\\.)*\]|\((?:\?:|\?<[A-Za-z_]\w*>)?|[^\\[]/giy;
const QUANTIFIER = /(?:[*+?]|\{(\d+)(,)?(\d+)?\})\??/y;

/** The cost of a valid pattern without flags. */
export function costOf(source: string): PatternCost {
  const groupedAlternatives = source.includes('|') && source.includes('(');
  let prefix = '';
  let inPrefix = true;
  let factor = 1;
  // Ways to reach this place, as a power of the length; and the most work that was done anywhere.
  let ways = 0;
  let exponent = 0;
  /** What the repeated classes since the last certain place may take; null when there are none. */
  let open: CharacterSet | null = null;
  const close = (): void => {
    if (open !== null) ways++;
    open = null;
  };

  for (let at = 0; at < source.length; ) {
    ATOM.lastIndex = at;
    const atom = ATOM.exec(source)?.[0];
    if (atom === undefined) return UNBOUNDED;
    at = ATOM.lastIndex;
    QUANTIFIER.lastIndex = at;
    const quantifier = QUANTIFIER.exec(source);
    if (/^[()|^$]/.test(atom) || /^\\[bB]/.test(atom)) {
      // Looking around comes out as a group with a quantifier before anything in it.
      if (quantifier) return UNBOUNDED;
      if (atom === '|') {
        factor *= 2;
        prefix = '';
      }
      if (groupedAlternatives || !/^[()]/.test(atom)) close();
      inPrefix = false;
      continue;
    }
    if (quantifier) at = QUANTIFIER.lastIndex;
    else if (inPrefix && isCharacter(atom)) prefix += atom.replace(/^\\/, '');
    if (quantifier || !isCharacter(atom)) inPrefix = false;

    const set = charactersOf(atom);
    const [text = '', least, comma, most] = quantifier ?? [];
    const bounded = quantifier !== null && least !== undefined && (comma === undefined || most !== undefined);
    const certain: boolean = open !== null && areDisjoint(open, set);
    if (quantifier === null) {
      if (certain) open = null;
      else close();
    } else if (bounded) {
      factor *= Math.max(1, Number(most ?? least));
      close();
    } else {
      if (!certain) close();
      if (text.startsWith('?')) {
        factor *= 2;
        if (open !== null) open = union(open, set);
      } else {
        exponent = Math.max(exponent, ways + 1);
        open = open === null ? set : union(open, set);
      }
    }
  }
  return { prefix, factor, exponent: Math.max(exponent, ways) };
}

/** Stands for itself. */
function isCharacter(atom: string): boolean {
  return /^[^\\[.*+?{}]$/.test(atom) || /^\\[^\w\s]$/.test(atom);
}

/** Which of the 128 ASCII characters, and whether any other. */
type CharacterSet = readonly boolean[];

const SAMPLES = ['\u00a0', '\u00e9', '\u2028', '\u65e5', '\ufeff'];

function charactersOf(atom: string): CharacterSet {
  const whole = new RegExp(`^${atom}$`);
  const beyond = /[^\u0000-\u007f]|\\[ux]/.test(atom) || SAMPLES.some((sample) => whole.test(sample));
  return [...Array.from({ length: 128 }, (_, code) => whole.test(String.fromCharCode(code))), beyond];
}

function areDisjoint(a: CharacterSet, b: CharacterSet): boolean {
  return a.every((has, index) => !(has && b[index]));
}

function union(a: CharacterSet, b: CharacterSet): CharacterSet {
  return a.map((has, index) => has || b[index]!);
}
