/**
 * What means something to GitHub-flavoured Markdown inside a line (and `_` unless it stands inside a word), what begins a
 * list or a heading at its start, and what GFM would make a link of.
 */
const SPECIAL = /[\\`*[\]|<>~&$#]|(?<![a-z\d])_|_(?![a-z\d])|^[-+=]|(?<=^\d+)[.)](?=\s|$)|(?<=:)\/\/|(?<=\bwww)\./gi;
/** `@name` notifies a person or a team, and escaping does not prevent it: a zero-width space does. */
const MENTION = /(?<![a-z\d])@(?=[a-z\d])/gi;

/** Inert text: no label becomes a link, an image, a tag, a mention or another table cell. */
export function md(text: string): string {
  return text.replace(SPECIAL, '\\$&').replace(MENTION, '@\u200b');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** `:` before or after the dashes tells the alignment: names left, figures right. */
export function table(
  head: readonly string[],
  right: readonly number[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  return [row(head), row(head.map((_, i) => (right.includes(i) ? '---:' : ':---'))), ...rows.map(row), ''];
}

/** A fence longer than any run of backticks inside, so that code cannot end it. */
export function fence(lines: readonly string[]): readonly string[] {
  const longest = Math.max(2, ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)));
  const ticks = '`'.repeat(longest + 1);
  return [ticks, ...lines, ticks];
}

export function section(title: string, summary: string): readonly string[] {
  return [`## ${title}`, '', ...(summary === '' ? [] : [md(summary), ''])];
}
