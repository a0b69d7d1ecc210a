import type { TableUse } from '../roles.ts';

/**
 * Of several calls of one statement, each understood with its own values: what holds for all of them. A constant that is another
 * one in the next call is no condition of a partial index. Of one call alone, only constants without a value stay (`IS NULL`).
 */
export function commonUses(calls: readonly (readonly TableUse[])[]): readonly TableUse[] {
  const [first = [], ...others] = calls.filter((uses) => uses.length === calls[0]!.length);
  return first.map((use, i) => {
    const same = others
      .map((uses) => uses[i]!)
      .filter(({ table, alias }) => table === use.table && alias === use.alias);
    const constants = use.constants.filter(({ predicate }) =>
      same.length === 0
        ? !/['\d]/.test(predicate) && !/ (=|<>|IN) /.test(predicate)
        : same.every((other) => other.constants.some((constant) => constant.predicate === predicate)),
    );
    const equality = use.equality.map((one, j) => {
      const values = same.map((other) => other.equality[j]?.values ?? 1);
      return { ...one, values: Math.max(one.values, ...values) };
    });
    return { ...use, constants, equality };
  });
}
