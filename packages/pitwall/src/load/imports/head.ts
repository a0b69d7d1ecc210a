import type { LeftOut } from './notes.ts';
import type { SecretPlaceholder } from './secrets.ts';

/** What the head of an imported scenario says. */
export interface HeadOfFile {
  readonly format: string;
  readonly file: string;
  readonly preface: readonly string[];
  readonly secrets: readonly SecretPlaceholder[];
  readonly leftOut: readonly LeftOut[];
  readonly remarks: readonly string[];
}

/** The report of an import as the lines of a comment: the file says by itself what it does not hold. */
export function headLines({ format, file, preface, secrets, leftOut, remarks }: HeadOfFile): readonly string[] {
  return [
    `Written by \`pitwall import ${format}\` from ${file}. Read it before you run it.`,
    ...preface,
    ...section(
      'Set these environment variables before it is run:',
      secrets.map(({ env, purpose }) => `${env}: ${purpose}`),
    ),
    ...section('Not carried over:', leftOut.map(leftOutLine)),
    ...section('Look at:', remarks),
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  - ${line}`)];
}

/** `12 × request to another host (cdn.example): only shop.example is imported`. */
export function leftOutLine({ count, what, reason, examples }: LeftOut): string {
  const shown =
    examples.length === 0
      ? ''
      : ` (${examples.join('; ')}${count > examples.length && examples.length === 3 ? '; …' : ''})`;
  return `${count.toLocaleString('en-GB')} × ${what}${shown}: ${reason}`;
}
