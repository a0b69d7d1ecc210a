import { printable } from '../../errors.ts';

const HIDDEN = '***';
/** Words that make the name of an argument or variable look like that of a secret. */
const SECRET_NAME =
  /pass(?:w(?:or)?d|phrase|code)?\b|passw|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credential|\bauth\b|authorization/i;
/** Shapes that well-known tokens have, wherever they stand. */
const SECRET_SHAPE =
  /\b(?:gh[pousr]_\w{16,}|sk-[\w-]{16,}|AKIA[0-9A-Z]{12,}|xox[abprs]-[\w-]{10,}|eyJ[\w-]+\.[\w-]+\.[\w-]*)/g;
/** Programs whose short option carries a password: `mysql -pSECRET`, `redis-cli -a SECRET`. */
const SHORT_OPTIONS: readonly { readonly program: RegExp; readonly option: string }[] = [
  { program: /^(mysql|mariadb)/, option: '-p' },
  { program: /^redis-/, option: '-a' },
];

/**
 * Makes a command line fit to be shown: what looks like a secret becomes `***`. A guess by its nature: it errs on the side
 * of hiding too much. `args` are the arguments as the kernel keeps them.
 */
export function maskArguments(args: readonly string[]): string {
  const program = (args[0] ?? '').split('/').pop() ?? '';
  const short = SHORT_OPTIONS.find((entry) => entry.program.test(program))?.option;
  let hideNext = false;
  const shown = args.map((argument, index) => {
    if (hideNext) {
      hideNext = false;
      if (!argument.startsWith('--')) return HIDDEN;
    }
    if (index > 0 && short && argument.startsWith(short) && !argument.startsWith('--')) {
      if (argument.length > short.length) return short + HIDDEN;
      hideNext = short === '-a';
      return argument;
    }
    if (/^--?[\w.-]+$/.test(argument) && SECRET_NAME.test(argument)) {
      hideNext = true;
      return argument;
    }
    return maskText(argument);
  });
  return printable(shown.join(' '));
}

/**
 * Hides secrets inside one argument: `NAME=value`, `Header: value`, `scheme://user:password@host`, known token shapes, and
 * `--name value` in a command line that is one argument (`sh -c`, or a rewritten process title).
 */
function maskText(text: string): string {
  return text
    .replace(/(\b[a-z][\w+.-]*:\/\/)[^\s/@]+@/gi, `$1${HIDDEN}@`)
    .replace(/((?:Authorization|Cookie|X-[\w-]*(?:Key|Token))\s*:\s*).+/gi, `$1${HIDDEN}`)
    .replace(/([\w.-]+)(\s*[=:]\s*)([^\s&;,]+)/g, (whole, name: string, sign: string) =>
      SECRET_NAME.test(name) ? `${name}${sign}${HIDDEN}` : whole,
    )
    .replace(/(--?[\w.-]+)(\s+)([^\s-]\S*)/g, (whole, name: string, gap: string) =>
      SECRET_NAME.test(name) ? `${name}${gap}${HIDDEN}` : whole,
    )
    .replace(SECRET_SHAPE, HIDDEN);
}
