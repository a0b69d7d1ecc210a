import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { assertSaid, run, unchanged } from './bad-support.ts';
import { inFolder, pitwallEach } from './support.ts';

/** Files that cannot be imported, each wrong in one way, and flags that do not fit. */

const fixtures = join(import.meta.dirname, '..', '..', 'src', 'load', 'imports');
const HAR = join(fixtures, 'har', 'fixtures', 'chrome-devtools.har');
const OPENAPI = join(fixtures, 'openapi', 'fixtures', 'petstore-3.0.yaml');
const CURL = join(fixtures, 'curl', 'fixtures', 'browsers.sh');
const LOG = join(fixtures, 'access-log', 'fixtures', 'nginx-combined.log');

test('what cannot be imported is one sentence with a hint, exit code 2, and no file is written', () =>
  inFolder(async (cwd) => {
    writeFileSync(join(cwd, 'text.txt'), 'hello\nworld\n');
    writeFileSync(join(cwd, 'binary'), Buffer.from([0xff, 0xfe, 0x00, 0x80]));
    writeFileSync(join(cwd, 'windows.txt'), 'curl ^"https://shop.example/^" ^\r\n  -H ^"accept: */*^"\r\n');
    writeFileSync(join(cwd, 'bad.gz'), gzipSync('line\n'.repeat(10_000)).subarray(0, 30));
    writeFileSync(join(cwd, 'escape.yaml'), 'openapi: "4\\e[31m\\n"\n');
    const cases = [
      [['auto', 'text.txt'], /text\.txt cannot be imported: it looks like none of the formats/],
      [['har', 'text.txt'], /a HAR is JSON, and this is not/],
      [['har', 'binary'], /Cannot read binary: it is not UTF-8 text/],
      [['openapi', 'text.txt'], /it is not a map, as every OpenAPI document is/],
      [['openapi', 'escape.yaml'], /it is OpenAPI 4 ?\[31m/],
      [['curl', 'windows.txt'], /Windows command prompt: copy it as "cURL \(bash\)"/],
      [['access-log', 'bad.gz'], /Cannot read bad\.gz: it cannot be unpacked/],
      [['har', 'missing.har'], /Cannot read missing\.har: there is no such file/],
      [['har', '.'], /Cannot read \.: it is a folder/],
      [['hra', HAR], /FORMAT hra: expected har, openapi, curl, access-log; did you mean har\?/],
      [['har', HAR, OPENAPI], /only access logs can be several files/],
      [['har', HAR, '--as', 'sessions'], /--as sessions: expected flow, mix/],
      [['openapi', OPENAPI, '--as', 'mix'], /--as is not for openapi/],
      [['openapi', OPENAPI, '--host', 'x'], /--host is for har and curl and access-log/],
      [['curl', CURL, '--static', 'none'], /--static is for har/],
      [['access-log', LOG, '--top', '0'], /--top 0: expected a whole number/],
      [['access-log', LOG, '--as', 'trace'], /--as trace writes a file: give -o FILE\.jsonl/],
      [['auto', HAR, '--as', 'trace', '-o', 't.jsonl'], /har has no arrival times/],
      [['har', HAR, '-o', 'x.json'], /--out x\.json: a scenario ends in \.yaml/],
      [['har', HAR, '-o', 'text.txt/x.yaml'], /Cannot write text\.txt\/x\.yaml/],
      [['har'], /pitwall import needs FORMAT FILE…/],
    ] as const;
    const ended = await unchanged(cwd, () =>
      pitwallEach(
        cases.map(([args]) => ['import', ...args]),
        { cwd },
      ),
    );
    for (const [i, [args, says]] of cases.entries()) {
      assertSaid({ ...ended[i]!, stderr: lastTwo(ended[i]!.stderr) }, 2, says);
      assert.equal(ended[i]!.stdout, '', args.join(' '));
    }
  }));

test('when nothing is left, it is said what was left out', () =>
  inFolder(async (cwd) => {
    const ended = await run(['import', 'har', HAR, '--host', 'nowhere.example'], { cwd });
    assert.equal(ended.status, 2);
    assert.match(
      ended.stderr,
      /^pitwall: Nothing of .* can be imported: no request in it was answered over HTTP\.\n {9}\d+ × request to another host/,
    );
  }));

/** The error and its hint, after what was said of the work. */
function lastTwo(stderr: string): string {
  return `${stderr.trimEnd().split('\n').slice(-2).join('\n')}\n`;
}
