import { locks } from './locks.ts';
import { machine } from './machine.ts';
import { serverCounters } from './server-counters.ts';
import { sessions } from './sessions.ts';
import { settings } from './settings.ts';
import { waits } from './waits.ts';

/** What the server does and how it is set up. */
export const serverCollectors = [machine, settings, serverCounters, sessions, locks, waits];
