import { openConnection } from '../../src/integrations/sqlite/connection.ts';
import { sqliteOptions } from '../../src/integrations/sqlite/options.ts';
import { sqliteIndex } from '../../src/integrations/sqlite/tunables/index.ts';
import { journalMode } from '../../src/integrations/sqlite/tunables/journal-mode.ts';
import { statistics } from '../../src/integrations/sqlite/tunables/statistics.ts';
import { vacuum } from '../../src/integrations/sqlite/tunables/vacuum.ts';

const i: any = {
  id: 'sqlite',
  options: sqliteOptions,
  connect: async (o: any, c: any) => openConnection(o, c.directory),
  close: async (c: any) => c.close(),
  tunables: [sqliteIndex, journalMode, statistics, vacuum],
};
export const integrationIds = () => ['sqlite'];
export const loadIntegration = async () => i;
export const loadAllIntegrations = async () => [i];
