/**
 * Blocks of a real service, recorded by bench/aa/record.ts (which takes minutes and is not part of the tests), compared again and
 * again with as many blocks as a trial has by default. `identical` and `slowed`: 100 draws at random; `…InTurn`: all windows of blocks
 * that followed one another, as a trial at that time would have had them. bench/aa/run.ts prints the table.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ratesOf } from './testing.ts';

const recorded = (name: string) =>
  ratesOf(JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8')));
