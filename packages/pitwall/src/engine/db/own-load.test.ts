import assert from 'node:assert/strict';
import test from 'node:test';
import type { CollectContext } from '../../model/integration.ts';
import type { Json } from '../../model/json.ts';
import type { Session } from '../session.ts';
import { asOwnLoad, leaveOutOwnLoads } from './own-load.ts';

const { signal } = new AbortController();

/** A session on one database that writes down when it was asked, and one that does not answer. */
function sessionOn(happened: string[], connection: object): Session {
  const database = {
    async watchOwnLoad(_: object, { environment }: CollectContext) {
      happened.push('begin');
      const from = environment.now();
      return async (known: Json) => {
        happened.push('end');
        return [...((known ?? []) as Json[]), from];
      };
    },
    leaveOutOwnLoad: (at: object, known: Json) => {
      assert.equal(at, connection);
      happened.push(`left out ${JSON.stringify(known)}`);
    },
  };
  const at = (id: string, failure: unknown, integration: object) => ({
    target: { id, integration: 'fake', title: id },
    integration,
    connection,
    failure,
  });
  const targets = [at('db', null, { database }), at('gone', new Error('gone'), { database }), at('web', null, {})];
  let now = 100;
  return { environment: { now: () => now++ }, targets } as unknown as Session;
}

function storeOf(kept = new Map<string, Json>()) {
  return {
    keep: async (name: string, value: Json) => void kept.set(name, value),
    kept: async (name: string) => kept.get(name) ?? null,
  };
}

test('a load is watched from before it begins until after it has ended, and added to those before', async () => {
  const happened: string[] = [];
  const connection = {};
  const session = sessionOn(happened, connection);
  const store = storeOf();
  const load = async () => happened.push('load');
  await asOwnLoad(session, store, signal, load);
  await asOwnLoad(session, store, signal, load);
  await leaveOutOwnLoads(session.targets, store);
  assert.deepEqual(happened, ['begin', 'load', 'end', 'begin', 'load', 'end', 'left out [100,101]']);
});

test('a load that was broken off has been there, too', async () => {
  const happened: string[] = [];
  const session = sessionOn(happened, {});
  const store = storeOf();
  const load = async () => {
    throw new Error('broken off');
  };
  await assert.rejects(asOwnLoad(session, store, signal, load), /broken off/);
  assert.deepEqual(await store.kept('own load db'), [100]);
});

test('that nothing can be kept does not end a trial', async () => {
  const store = {
    ...storeOf(),
    keep: async () => {
      throw new Error('the disk is full');
    },
  };
  assert.equal(await asOwnLoad(sessionOn([], {}), store, signal, async () => 7), 7);
});
