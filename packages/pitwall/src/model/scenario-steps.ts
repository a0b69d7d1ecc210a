import type { Flow, Scenario, Step } from './scenario.ts';

/** A step and what its templates may name. */
export interface PlacedStep {
  readonly step: Step;
  /** Null: `oncePerUser` or `cleanUp`. */
  readonly flow: Flow | null;
  readonly part: 'flows' | 'oncePerUser' | 'cleanUp';
  /** Names with a value when the step is sent. */
  readonly known: ReadonlySet<string>;
}

type Parts = Pick<Scenario, 'variables' | 'feeders' | 'flows' | 'oncePerUser' | 'cleanUp'>;

/**
 * All steps of a scenario in the order in which results list them: those of the flows, then `oncePerUser`, then `cleanUp`. A
 * step knows the variables, the columns of feeders, what `oncePerUser` extracted, and what earlier steps of its flow did;
 * a clean-up step whatever was extracted in any flow (it may still have no value).
 */
export function placedSteps({ variables, feeders, flows, oncePerUser, cleanUp }: Parts): readonly PlacedStep[] {
  const given = [...Object.keys(variables), ...feeders.flatMap(columnsOf)];
  const ofUser = [...given, ...oncePerUser.flatMap(extractedBy)];
  const ofAll = [...ofUser, ...flows.flatMap(({ steps }) => steps.flatMap(extractedBy))];
  return [
    ...flows.flatMap((flow) => inOrder(flow.steps, flow, 'flows', ofUser)),
    ...inOrder(oncePerUser, null, 'oncePerUser', given),
    ...inOrder(cleanUp, null, 'cleanUp', ofAll),
  ];
}

/** The names that a feeder's rows give. */
export function columnsOf({ rows }: Pick<Scenario['feeders'][number], 'rows'>): readonly string[] {
  return Object.keys(rows[0] ?? {});
}

function inOrder(
  steps: readonly Step[],
  flow: Flow | null,
  part: PlacedStep['part'],
  before: readonly string[],
): readonly PlacedStep[] {
  const known = new Set(before);
  return steps.map((step) => {
    const placed = { step, flow, part, known: new Set(known) };
    for (const name of extractedBy(step)) known.add(name);
    return placed;
  });
}

function extractedBy({ extract }: Step): readonly string[] {
  return extract.map(({ as }) => as);
}
