import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { detectService, renderConfig } from '../engine/init.ts';
import { realEnvironment } from '../engine/platform.ts';
import { EXIT, PitwallError, reasonOf } from '../errors.ts';
import type { Run } from './command.ts';
import { flag, print, progressOf, text } from './context.ts';

export const run: Run = async (invocation) => {
  const given = invocation.positionals[0]!;
  const url = URL.parse(given) ?? URL.parse(`http://${given}`);
  if (!url || !['http:', 'https:'].includes(url.protocol) || !url.hostname) {
    throw new PitwallError('USAGE', { what: `${given} is not an http or https URL.`, command: 'init' });
  }
  const file = resolve(text(invocation, 'config') ?? 'pitwall.yaml');
  const onlyPrint = flag(invocation, 'print');
  if (!onlyPrint && !flag(invocation, 'force') && existsSync(file)) {
    throw new PitwallError('USAGE', {
      what: `${file} exists; --force replaces it, --config writes to another.`,
      command: 'init',
    });
  }
  const progress = progressOf(invocation);
  progress.step(`looking at ${url.origin}`);
  const detected = await detectService(url, realEnvironment, invocation.signal);
  progress.done();
  const yaml = renderConfig(detected);
  if (flag(invocation, 'json')) print(`${JSON.stringify(detected, null, 2)}\n`);
  else if (onlyPrint) print(yaml);
  else {
    try {
      writeFileSync(file, yaml, { flag: flag(invocation, 'force') ? 'w' : 'wx' });
    } catch (error) {
      throw new PitwallError('FILE_UNWRITABLE', { file, reason: reasonOf(error) }, { cause: error });
    }
    print(`Wrote ${file}\nRead it, correct what was guessed wrong, then: pitwall check\n`);
  }
  return EXIT.ok;
};
