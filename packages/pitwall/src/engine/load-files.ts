import { Redactor } from '../config/redact.ts';
import type { BuiltScenario } from '../config/scenario/build.ts';
import { scenarioFromFile } from '../config/scenario/load.ts';
import { runEachEndpoint } from '../load/each-endpoint.ts';
import { readTrace } from '../load/imports/trace.ts';
import { PRESETS, presetNamed } from '../load/presets.ts';
import type { LoadEndpoint } from '../model/load.ts';
import type { Scenario } from '../model/scenario.ts';
import type { ShapeOptions, Trace } from '../model/shape.ts';

/** Reads a scenario file, and knows the secrets that were in it. Throws what `scenarioFromFile` throws. */
export async function readScenarioFile(file: string): Promise<BuiltScenario & { readonly redactor: Redactor }> {
  const redactor = new Redactor();
  const built = await scenarioFromFile(file, { environment: process.env, redactor });
  return { ...built, redactor };
}

/** Reads recorded arrivals of what is requested: a scenario's flows, or else endpoints. Throws what `readTrace` throws. */
export function readTraceFile(
  file: string,
  requested: { readonly scenario: Scenario | null; readonly endpoints: readonly LoadEndpoint[] },
): Promise<Trace> {
  return readTrace(
    file,
    (requested.scenario?.flows ?? requested.endpoints).map(({ name }) => name),
  );
}

/** What a preset says of the load. Throws PRESET_UNKNOWN. */
export function shapeOfPreset(name: string): Partial<ShapeOptions> {
  return presetNamed(name).shape;
}

/** Who generates the load of a preset: one that loads each endpoint by itself needs another than the rest. */
export function generatorOfPreset(name: string): typeof runEachEndpoint | undefined {
  return presetNamed(name).eachEndpoint ? runEachEndpoint : undefined;
}

/** The presets, for a terminal. */
export function presetList(): string {
  const width = Math.max(...PRESETS.map(({ name }) => name.length));
  return `${PRESETS.map(({ name, title }) => `${name.padEnd(width)}  ${title}`).join('\n')}\n`;
}
