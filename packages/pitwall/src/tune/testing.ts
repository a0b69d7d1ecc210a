/** For tests of changing: a target small enough to make each of its functions fail, and what the runner needs around it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { z } from 'zod';
import { PitwallError } from '../errors.ts';
import type { Change } from '../model/change.ts';
import { defineTunable } from '../model/define.ts';
import type { AnyIntegration, Tunable } from '../model/integration.ts';
import type { Store } from '../model/store.ts';
import type { TuneContext } from './context.ts';

/** A number in a file. */
export const number = (overrides: Partial<Tunable<string>> = {}, meta: Partial<Tunable['meta']> = {}) =>
  defineTunable<string>({
    id: 'file/number',
    meta: {
      title: 'A number',
      why: '',
      effect: 'now',
      persistence: 'durable',
      risk: 'low',
      locks: '',
      undo: '',
      toggles: true,
      sources: [],
      ...meta,
    },
    to: z.number(),
    read: async (file) => Number(readFileSync(file, 'utf8')),
    achieved: (state, { to }) => state === to,
    preview: () => ({ apply: '', undo: '' }),
    validate: async () => {},
    capture: async (file, _change, { keepDirectory }) => {
      writeFileSync(join(keepDirectory, 'copy'), readFileSync(file));
      return 'copy';
    },
    write: async (file, { to }) => writeFileSync(file, String(to)),
    undo: async (file, _change, { state }) => writeFileSync(file, String(state)),
    ...overrides,
  });

/** From 1 to 2. */
export const change: Change = {
  id: 'c1',
  target: 'numbers',
  tunable: 'file/number',
  subject: 'the number',
  to: 2,
  from: 1,
  reason: '',
  rules: [],
  affects: [],
  effect: 'now',
  risk: 'low',
  needsRestart: false,
  preview: { apply: '', undo: '' },
};

interface Bench {
  readonly directory: string;
  /** Holds the number 1. */
  readonly file: string;
  readonly store: Store;
  content(): string;
  contextWith(tunable: Tunable<string>, more?: Partial<TuneContext>): TuneContext;
}

/** @param openStore opens the store in `state` of the folder */
export async function bench(t: TestContext, openStore: (directory: string) => Promise<Store>): Promise<Bench> {
  const directory = mkdtempSync(join(tmpdir(), 'pitwall-tune-'));
  const file = join(directory, 'number');
  writeFileSync(file, '1');
  const store = await openStore(join(directory, 'state'));
  t.after(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    directory,
    file,
    store,
    content: () => readFileSync(file, 'utf8'),
    contextWith: (tunable, more = {}) => ({
      journal: store.journal,
      resolve: async () => ({
        integration: { id: 'file', tunables: [tunable] } as unknown as AnyIntegration,
        connection: file,
        raw: { file },
        close: async () => {},
      }),
      bootId: 'boot-1',
      now: () => new Date(0),
      signal: new AbortController().signal,
      keepDirectory: join(directory, 'originals'),
      allowRestart: false,
      exclusive: null,
      ...more,
    }),
  };
}

/** For `assert.rejects`: the error of the table with this code, and a message that matches. */
export const withCode =
  (code: string, text = /./) =>
  (error: unknown): true => {
    assert.ok(error instanceof PitwallError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    return true;
  };
