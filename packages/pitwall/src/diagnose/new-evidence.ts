import type { Basis } from '../model/change.ts';

/**
 * How far what advice rests on has to move before the answer may be another one. A trial tells a few per cent from noise, and
 * counters of a usual week move by some ten per cent; a factor of two is beyond both, and is where a planner's choice between
 * reading a table and an index begins to shift with the table's size. [judgement]
 */
export const NOTABLE_CHANGE = 2;
/** Days after which all of it may have changed in ways that nobody counted: a quarter, as long as indexes are reviewed. [judgement] */
export const OLD_DAYS = 90;

/**
 * What speaks for trying again what was tried without gain, or dismissed: sentences without an end; none when nothing has
 * changed. A statement that is helped has to weigh twice as much (less weight makes no index more worthwhile), one that pays
 * half; sizes count both ways, because they change plans. Another definition is another change and needs no evidence.
 * @param before what it rested on; null: not known, then only time counts
 * @param days since then
 */
export function newEvidence(before: Basis | null, now: Basis | null, days: number): readonly string[] {
  const found: string[] = [];
  if (days > OLD_DAYS) found.push(`that was ${Math.floor(days)} days ago`);
  if (before === null || now === null) return found;
  if (before.version !== null && now.version !== null && before.version !== now.version) {
    found.push(`${before.version} has become ${now.version}`);
  }
  const then = new Map(before.statements.map((one) => [one.statement, one]));
  for (const one of now.statements) {
    const old = then.get(one.statement);
    if (one.helped && !old?.helped) {
      found.push(`another statement is helped: ${titleOf(one.text)}`);
      continue;
    }
    const factor = old ? weightFactor(old, one) : null;
    if (factor === null || old?.helped !== one.helped) continue;
    if (one.helped && factor >= NOTABLE_CHANGE)
      found.push(`${figure(factor)} times the time is in ${titleOf(one.text)}`);
    if (!one.helped && factor <= 1 / NOTABLE_CHANGE) {
      found.push(`only ${figure(factor)} of the time is in the write ${titleOf(one.text)}`);
    }
  }
  const sizes = new Map(before.sizes.map(({ what, value }) => [what, value]));
  for (const { what, value } of now.sizes) {
    const old = sizes.get(what);
    if (old === undefined || old <= 0 || value <= 0) continue;
    const factor = value / old;
    if (factor >= NOTABLE_CHANGE || factor <= 1 / NOTABLE_CHANGE) {
      found.push(`${what}: ${figure(old)} have become ${figure(value)}`);
    }
  }
  return found;
}

type Weighed = Basis['statements'][number];

/** Time a second where both were counted for long enough; else shares, which a busier day does not move. */
function weightFactor(before: Weighed, now: Weighed): number | null {
  if (before.load !== null && now.load !== null && before.load > 0) return now.load / before.load;
  if (before.share !== null && now.share !== null && before.share > 0) return now.share / before.share;
  return null;
}

const LONGEST = 80;

function titleOf(text: string): string {
  const plain = text.replace(/\s+/g, ' ').trim();
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST - 1)}…` : plain;
}

function figure(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en-GB') : Number(value.toPrecision(2)).toString();
}
