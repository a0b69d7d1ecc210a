import type { IndexAdvice, IndexProposal, MadeChange } from '../../model/database.ts';
import type { Store } from '../../model/store.ts';
import { effectsOf, pastOfChange } from '../advice-memory.ts';

/**
 * Advice with what earlier runs did about it: an index that was tried without gain, or dismissed, is among the rejected ones
 * until there is new evidence; one that is proposed again says what was measured in place the last time.
 */
export async function rememberedAdvice(store: Store, target: string, advice: IndexAdvice): Promise<IndexAdvice> {
  const proposals: IndexProposal[] = [];
  const closed: { readonly definition: string; readonly table: string; readonly because: string }[] = [];
  for (const proposal of advice.proposals) {
    const known = await pastOfChange(store, target, proposal.change);
    if (known?.closed) {
      const { definition, table } = proposal;
      const because = `${known.past.text}; not proposed again, because nothing has changed since`;
      closed.push({ definition, table, because });
    } else if (known) {
      const measured = new Map(known.effects.map((effect) => [effect.statement, effect.inPlace]));
      const withPlace = (effect: IndexProposal['statements'][number]) => {
        const found = measured.get(effect.statement) ?? null;
        if (found === null) return effect;
        const { blocks, ...inPlace } = found;
        return { ...effect, inPlace: { ...inPlace, rounds: blocks } };
      };
      proposals.push({
        ...proposal,
        past: known.past,
        statements: proposal.statements.map(withPlace),
        writes: proposal.writes.map(withPlace),
      });
    } else proposals.push(proposal);
  }
  const isEmpty = proposals.length === 0 && closed.length > 0;
  return {
    ...advice,
    proposals,
    rejected: [...closed, ...advice.rejected],
    nothingToDo:
      isEmpty && advice.notKnown === undefined
        ? 'What would help by the planner or a copy was tried here before.'
        : advice.nothingToDo,
  };
}

/** Changes of the target that were kept and are still there, newest first, with what their trials measured. */
export async function madeBefore(store: Store, target: string): Promise<readonly MadeChange[]> {
  const made: MadeChange[] = [];
  for (const { id, state, change, updatedAt } of await store.journal.list()) {
    if (state !== 'kept' || change.target !== target) continue;
    const effects = await effectsOf(store, id, change);
    if (effects.length > 0) made.push({ id, title: change.preview.apply, at: updatedAt, effects });
  }
  return made;
}
