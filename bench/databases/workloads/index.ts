import type { WorkloadDefinition } from '../types.ts';
import { pgbench } from './pgbench.ts';
import { scheduler } from './scheduler.ts';
import { tenants } from './tenants.ts';
import { tpch } from './tpch/index.ts';
import { vending } from './vending.ts';

export const WORKLOADS: readonly WorkloadDefinition[] = [vending, scheduler, tpch, pgbench, tenants];
