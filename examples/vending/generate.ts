import { renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { HISTORY_SECONDS, HISTORY_START, ROWS, SCHEMA } from './schema.ts';

/** Deterministic pseudo-random integers below `n` (Park–Miller), so that every machine gets the same rows. */
function randomSource(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % n;
  };
}

const REGIONS = ['north', 'east', 'south', 'west', 'centre'];
const MODELS = ['V2-36', 'V2-60', 'Combo-45', 'Fresh-24'];
const ORDER_STATES = ['done', 'done', 'done', 'done', 'done', 'done', 'done', 'cancelled', 'assigned', 'open'];
const ACTIONS = ['login', 'device.update', 'planogram.edit', 'order.close', 'price.change', 'export'];

/**
 * Writes the database at `file` (replacing it): about a million rows at `scale` 1. The file appears under its name only
 * when it is complete. Returns the number of rows.
 */
export function generate(file: string, scale = 1): number {
  const partial = `${file}.partial`;
  rmSync(partial, { force: true });
  const db = new DatabaseSync(partial);
  try {
    // Speed only while generating: nothing is lost if this is interrupted, the partial file is thrown away. Not OFF, which
    // node:sqlite does not allow, and never a file: a new partial file must not find the journal of an old one.
    db.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;');
    db.exec(SCHEMA);
    db.exec('BEGIN');
    const total = fill(db, scale);
    db.exec('COMMIT');
    db.exec('PRAGMA journal_mode = DELETE');
    db.close();
    renameSync(partial, file);
    return total;
  } catch (error) {
    if (db.isOpen) db.close();
    rmSync(partial, { force: true });
    throw error;
  }
}

function fill(db: DatabaseSync, scale: number): number {
  const random = randomSource(20_260_101);
  const count = (table: keyof typeof ROWS) => Math.max(10, Math.round(ROWS[table] * scale));
  const pick = (from: readonly string[]) => from[random(from.length)]!;
  const when = (i: number, n: number) => HISTORY_START + Math.floor((i / n) * HISTORY_SECONDS) + random(600);
  let total = 0;

  const insert = (table: keyof typeof ROWS, row: (i: number, n: number) => (string | number)[]) => {
    const n = count(table);
    const width = row(0, n).length;
    const statement = db.prepare(`INSERT INTO ${table} VALUES (?, ${Array(width).fill('?').join(', ')})`);
    for (let i = 0; i < n; i++) statement.run(i + 1, ...row(i, n));
    total += n;
  };

  insert('devices', (i, n) => [
    `SN${100_000 + i}`,
    pick(MODELS),
    pick(REGIONS),
    i % 17 ? 'online' : 'offline',
    when(i, n),
  ]);
  insert('products', (i) => [`Product ${i + 1}`, 100 + 5 * random(60)]);
  insert('planograms', (i) => [(i % count('devices')) + 1, `Planogram ${i + 1}`, 1]);
  insert('slots', (i) => [
    (i % count('planograms')) + 1,
    `${String.fromCharCode(65 + (Math.floor(i / count('planograms')) % 6))}${Math.floor(i / count('planograms')) + 1}`,
    random(count('products')) + 1,
    random(15),
    15,
  ]);
  insert('users', (i) => [`user${i + 1}`, i % 10 ? 'driver' : 'manager']);
  insert('service_orders', (i, n) => [
    random(count('devices')) + 1,
    random(count('users')) + 1,
    pick(ORDER_STATES),
    when(i, n),
    `Visit ${i + 1}: refill and clean, check the coin mechanism and the door sensor.`,
  ]);
  insert('sales', (i, n) => [
    random(count('devices')) + 1,
    random(count('products')) + 1,
    when(i, n),
    1 + random(3),
    100 + 5 * random(60),
  ]);
  insert('audit_log', (i, n) => [
    random(count('users')) + 1,
    pick(ACTIONS),
    `device/${random(count('devices')) + 1}`,
    when(i, n),
  ]);
  insert('logins', (i, n) => [
    `user${random(count('users')) + 1}`,
    when(i, n),
    random(12) ? 1 : 0,
    `10.0.${random(250)}.${random(250)}`,
  ]);
  return total;
}
