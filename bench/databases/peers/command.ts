/** Any other advisor: a program that prints CREATE INDEX statements. */
import { spawn } from 'node:child_process';
import { ENGINES, type Peer } from '../types.ts';
import { writeWorkload } from '../workload-file.ts';
import { ddlIn } from './ddl.ts';

/** Seconds that it may take. */
const PATIENCE = 900;

/**
 * A peer from `NAME=COMMAND`. There is no shell: the command is split at blanks, but for those in quotes. `{database}` in an
 * argument is the URL or file of a copy that the program may do with as it likes, `{sql}` and `{json}` are the files with the
 * workload; when it names none of them, the copy and the SQL file are its last two arguments.
 * @throws Error when the text has no name or no command
 */
export function commandPeer(text: string): Peer {
  const at = text.indexOf('=');
  const name = text.slice(0, at).trim();
  const argv = at < 1 ? [] : splitArguments(text.slice(at + 1));
  if (name === '' || argv.length === 0) throw new Error(`expected --peer NAME='COMMAND', not ${text}`);
  return {
    name,
    engines: ENGINES,
    absent: () => null,
    async propose({ engine, statements, directory }) {
      const copy = await engine.copy('peer_asks');
      try {
        const files = writeWorkload(directory, statements);
        const known: Readonly<Record<string, string>> = {
          '{database}': copy.location,
          '{sql}': files.sql,
          '{json}': files.json,
        };
        const filled = argv.map((argument) => argument.replace(/\{(?:database|sql|json)\}/g, (key) => known[key]!));
        const placed = filled.some((argument, i) => argument !== argv[i]);
        return { ddl: ddlIn(await run(placed ? filled : [...argv, copy.location, files.sql])), advice: null };
      } finally {
        await copy.remove();
      }
    },
  };
}

/** Splits at blanks; single and double quotes hold together what they enclose. @throws Error for a quote without its end */
export function splitArguments(text: string): string[] {
  const found: string[] = [];
  let current: string | null = null;
  let quote: string | null = null;
  for (const character of text) {
    if (quote !== null) {
      if (character === quote) quote = null;
      else current += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      current ??= '';
    } else if (/\s/.test(character)) {
      if (current !== null) found.push(current);
      current = null;
    } else current = (current ?? '') + character;
  }
  if (quote !== null) throw new Error(`the command has a ${quote} without its end: ${text}`);
  return current === null ? found : [...found, current];
}

function run(argv: readonly string[]): Promise<string> {
  const [program, ...rest] = argv;
  const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'inherit'], timeout: PATIENCE * 1000 });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (data) => {
    output += data;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) =>
      code === 0 ? resolve(output) : reject(new Error(`${program} ended with ${signal ?? code}`)),
    );
  });
}
