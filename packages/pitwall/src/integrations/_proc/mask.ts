import { printable } from '../../errors.ts';

const HIDDEN = '***';
/** Words that make the name of an argument or variable look like that of a secret. */
const WORDS =
  'pass(?:w(?:or)?d|phrase|code)?(?![a-z])|passw|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credential|auth(?!or)|authorization';
const SECRET_NAME = new RegExp(WORDS, 'i');
/** Bounded, since command lines are others' to choose: unbounded repeats around a word take cubic time. */
const NAME = String.raw`[\w.-]{0,60}(?:${WORDS})[\w.-]{0,60}`;
/** `name=value`, `name: value`; quotes may close the name and open the value: `{"password": "two words"}`. */
const ASSIGNED = new RegExp(String.raw`(${NAME}["']?\s*[=:]\s*)(?:"[^"]*"?|'[^']*'?|[^\s&;,}]+)`, 'gi');
/** `--name value`, not followed by another option. */
const FOLLOWED = new RegExp(String.raw`(--?${NAME}\s+)[^\s-]\S*`, 'gi');
/** Only the first 300 characters are ever shown; the patterns need not work through the megabytes that may follow. */
const LONGEST = 400;
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
  const shown = args.slice(0, 200).map((full, index) => {
    const argument = full.slice(0, LONGEST);
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
 * Hides secrets inside one argument: `NAME=value`, `"name": "value"`, `Header: value`, `scheme://user:password@host`, known
 * token shapes, and `--name value` in a command line that is one argument (`sh -c`, or a rewritten process title).
 */
function maskText(text: string): string {
  return text
    .replace(/(\b[a-z][\w+.-]{0,30}:\/\/)[^\s/@]+@/gi, `$1${HIDDEN}@`)
    .replace(/((?:Authorization|Cookie|X-[\w-]{0,40}(?:Key|Token))\s*:\s*).+/gi, `$1${HIDDEN}`)
    .replace(ASSIGNED, `$1${HIDDEN}`)
    .replace(FOLLOWED, `$1${HIDDEN}`)
    .replace(SECRET_SHAPE, HIDDEN);
}
