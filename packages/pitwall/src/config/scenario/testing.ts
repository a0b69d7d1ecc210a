/** Scenario files for tests. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { PitwallError } from '../../errors.ts';
import { Redactor } from '../redact.ts';
import type { BuiltScenario } from './build.ts';
import { parseScenario } from './load.ts';

const FILE = '/srv/shop/shop.yaml';

export function parse(text: string, environment: Record<string, string> = {}, file = FILE): Promise<BuiltScenario> {
  return parseScenario(text, file, { environment, redactor: new Redactor() });
}

/** All messages of the error that the text gives, without the file's name; none when it is fine. */
export async function messages(
  text: string,
  environment: Record<string, string> = {},
  file = FILE,
): Promise<readonly string[]> {
  try {
    await parse(text, environment, file);
  } catch (error) {
    assert.ok(error instanceof PitwallError, String(error));
    assert.equal(error.exitCode, 2);
    return [error.message, ...error.also].map((line) => line.replace(`${file}:`, ''));
  }
  return [];
}

/** A folder with these files that goes with the test. */
export function folder(t: TestContext, files: Readonly<Record<string, string | Buffer>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'pitwall-scenario-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  return directory;
}

/** The text without its § marks, and the line:column of each. */
export function marked(text: string): { readonly plain: string; readonly places: readonly string[] } {
  const [first = '', ...rest] = text.split('§');
  let plain = first;
  const places = rest.map((after) => {
    const lines = plain.split('\n');
    plain += after;
    return `${lines.length}:${lines.at(-1)!.length + 1}`;
  });
  return { plain, places };
}
