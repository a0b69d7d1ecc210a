import { extname } from 'node:path';
import { PitwallError } from '../errors.ts';
import type { Report } from '../model/report.ts';
import { paintWith, type Screen } from '../report/terminal/paint.ts';
import type { Invocation } from './command.ts';
import { allOf, flag, print, terminalWidth, texts, wantsColor, writeReportFile } from './context.ts';
import { dataWithoutSecrets } from './secrets.ts';

const ENDINGS = ['.json', '.md', '.html'];

/** Before anything is worked out, for what is no run and so has no samples to export. Throws USAGE. */
export function refuseExports(invocation: Invocation): void {
  for (const file of texts(invocation, 'out')) {
    if (ENDINGS.includes(extname(file).toLowerCase())) continue;
    throw new PitwallError('USAGE', {
      what: `--out ${file}: the ending has to be .json, .md or .html.`,
      command: invocation.command,
    });
  }
}

/** Prints one section instead of a whole report (with --json the Report that holds it), and writes every --out file. */
export async function emitSection(
  full: Report,
  invocation: Invocation,
  section: (report: Report, screen: Screen) => readonly string[],
): Promise<void> {
  // As data, before any of it is cut to a width: half a secret would not be recognised any more.
  const report = dataWithoutSecrets(full);
  await allOf(
    async () => {
      if (flag(invocation, 'json')) {
        const { toJson } = await import('../report/json.ts');
        print(toJson(report));
        return;
      }
      const screen: Screen = {
        paint: paintWith(wantsColor(invocation)),
        width: terminalWidth(),
        details: flag(invocation, 'details'),
      };
      print(`${section(report, screen).join('\n').replace(/^\n/, '')}\n`);
    },
    ...texts(invocation, 'out').map((file) => () => writeReportFile(report, file)),
  );
}
