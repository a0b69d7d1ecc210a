import { writeSync } from 'node:fs';
import { main } from '../../src/cli/main.ts';

/**
 * Runs one command line after the other in this process, as `pitwallEach` asks for it: argv is a JSON list of lists, and what
 * became of each is written to descriptor 3. It ends by itself: a line that leaves something open shows as a test that hangs.
 */

/** Collects what is written to the stream, instead of writing it. */
function captured(stream: NodeJS.WriteStream): () => string {
  let text = '';
  // Each line of the command listens to it anew, as it does in a process of its own.
  stream.setMaxListeners(0);
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const written = rest.at(-1);
    if (typeof written === 'function') process.nextTick(written as () => void);
    return true;
  };
  return () => {
    const taken = text;
    text = '';
    return taken;
  };
}

const stdout = captured(process.stdout);
const stderr = captured(process.stderr);
const ended: unknown[] = [];
for (const line of JSON.parse(process.argv[2]!) as string[][]) {
  process.exitCode = undefined;
  await main(line);
  ended.push({ status: process.exitCode ?? 0, stdout: stdout(), stderr: stderr() });
}
process.exitCode = 0;
writeSync(3, JSON.stringify(ended));
