import type { Migration } from '../sqlite/migrate.ts';
import { initial } from './001-initial.ts';
import { kept } from './002-kept.ts';

/** All migrations, oldest first. Append only: a store in somebody's hands has run the ones that were published. */
export const MIGRATIONS: readonly Migration[] = [initial, kept];
