import { bloat } from './bloat.ts';
import { counters } from './counters.ts';
import { foreignKeys } from './foreign-keys.ts';
import { indexes } from './indexes.ts';
import { sequences } from './sequences.ts';
import { tables } from './tables.ts';
import { wraparound } from './wraparound.ts';

/** What the catalogues and statistics views say of tables, indexes, keys and sequences. */
export const structureCollectors = [counters, tables, indexes, foreignKeys, sequences, bloat, wraparound];
