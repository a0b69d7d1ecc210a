/** Regular expressions of a scenario: JavaScript's, without flags (`(?i:…)` and `(?s:…)` switch inside one). */

/** More would hardly be written by hand, and compiling is not free. */
const LONGEST = 2000;

/** Why this cannot be a regular expression, or has no such group (0: the whole match); null when it can. End of a sentence. */
export function patternProblem(source: string, group = 0): string | null {
  if (source === '') return 'it is empty, and would match everything';
  if (source.length > LONGEST) return `it has more than ${LONGEST} characters`;
  let groups: number;
  try {
    new RegExp(source);
    groups = groupsOf(source);
  } catch (error) {
    const reason =
      error instanceof Error ? error.message.replace(/^Invalid regular expression: [\s\S]*\/\w*: /, '') : '';
    return `it is not a regular expression: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`;
  }
  if (group <= groups) return null;
  return groups === 0
    ? `it has no group (…), so there is no group ${group}`
    : `it has no group ${group}, only ${groups}`;
}

/** The group that is meant when none is named: the first, or the whole match when there is none. The pattern must be valid. */
export function defaultGroup(source: string): number {
  return groupsOf(source) > 0 ? 1 : 0;
}

/** With an empty alternative it matches the empty text, and the match tells how many groups there are. */
function groupsOf(source: string): number {
  return new RegExp(`${source}|`).exec('')!.length - 1;
}
