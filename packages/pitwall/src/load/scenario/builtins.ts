import type { BuiltinName } from '../../model/template.ts';
import type { Scope } from './scope.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

type Builtin = (numbers: readonly number[]) => (scope: Scope) => string;

/** Values that every template may use. Their syntax is in model/template.ts. */
const BUILTINS: Readonly<Record<BuiltinName, Builtin>> = {
  /** RFC 9562 version 4. */
  $uuid: () => (scope) => scope.uuid(),
  /** A whole number between the two, both included, all equally likely. */
  $randomInt:
    ([smallest = 0, largest = 0]) =>
    (scope) =>
      String(smallest + randomBelow(largest - smallest + 1, scope)),
  /** So many lower-case letters and digits. */
  $randomText:
    ([length = 0]) =>
    (scope) => {
      let text = '';
      for (let i = 0; i < length; i++) text += LETTERS[Math.floor(scope.random() * LETTERS.length)];
      return text;
    },
  $user: () => (scope) => String(scope.user),
  $iteration: () => (scope) => String(scope.iteration),
  /** Seconds since 1970. */
  $timestamp: () => (scope) => String(Math.floor(scope.now() / 1000)),
  $timestampMs: () => (scope) => String(Math.floor(scope.now())),
  /** RFC 3339 in UTC with milliseconds. */
  $isoTimestamp: () => (scope) => new Date(scope.now()).toISOString(),
};

/** What gives the built-in value of that name for these arguments, which model/template.ts has checked. */
export function builtin(name: BuiltinName, numbers: readonly number[]): (scope: Scope) => string {
  return BUILTINS[name](numbers);
}

/** `random` has 32 bits: ranges above that take two draws. `range` ≤ 2^53. */
function randomBelow(range: number, { random }: Scope): number {
  if (range <= 2 ** 32) return Math.floor(random() * range);
  const high = Math.floor(random() * 2 ** 21) * 2 ** 32;
  return Math.floor(((high + Math.floor(random() * 2 ** 32)) / 2 ** 53) * range);
}
