import { DatabaseSync } from 'node:sqlite';

const ROWS = 4000;
const ROUNDS = 3;

/**
 * Processor seconds that one more entry of a narrow index adds to an INSERT, on this machine now: rows in random order into
 * a table in memory with two indexes and with none. The least difference of three rounds; the disk comes on top and is for
 * the copy to measure. Takes some 50 ms.
 */
export function calibrateEntry(): number {
  const database = new DatabaseSync(':memory:');
  try {
    database.exec('CREATE TABLE bare (a, b, c); CREATE TABLE indexed (a, b, c)');
    database.exec('CREATE INDEX i ON indexed (a); CREATE INDEX j ON indexed (b)');
    const seconds = (table: string) => {
      const insert = database.prepare(`INSERT INTO ${table} VALUES (?, ?, ?)`);
      const start = process.hrtime.bigint();
      database.exec('BEGIN');
      for (let i = 0; i < ROWS; i++) insert.run((i * 7919) % 100_003, (i * 104_729) % 1_000_003, 'x');
      database.exec('COMMIT');
      return Number(process.hrtime.bigint() - start) / 1e9;
    };
    const differences = Array.from({ length: ROUNDS }, () => {
      const bare = seconds('bare');
      return (seconds('indexed') - bare) / ROWS / 2;
    });
    // An index never makes an insert quicker: noise must not say so.
    return Math.max(1e-8, Math.min(...differences));
  } finally {
    database.close();
  }
}
