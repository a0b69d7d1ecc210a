/** What a foreign key does with children when their parent's row is deleted, or its key changed. */
type Action = 'CASCADE' | 'SET NULL' | 'SET DEFAULT' | 'RESTRICT' | 'NO ACTION';

/** A foreign key, with names spelled as those of `RowChange`. */
export interface ChainKey {
  readonly child: string;
  readonly columns: readonly string[];
  readonly parent: string;
  /** One for each of `columns`. */
  readonly parentColumns: readonly string[];
  /** `CASCADE`, `SET NULL`, `SET DEFAULT`, `RESTRICT` or `NO ACTION`. */
  readonly onDelete: string;
  readonly onUpdate: string;
  /** Of `columns`, those that ON DELETE SET NULL or SET DEFAULT sets. Absent: all. */
  readonly setOnDelete?: readonly string[];
}

/** What happens to rows of a table. */
export interface RowChange {
  readonly table: string;
  readonly kind: 'delete' | 'update';
  /** Columns set, for an update. */
  readonly columns: readonly string[];
}

/** Something that happens to rows, and the actions by which it comes to that, the first one first; none: the statement does it. */
export interface Reached extends RowChange {
  readonly through: readonly Step[];
}

interface Step {
  readonly key: ChainKey;
  /** `ON DELETE CASCADE`. */
  readonly action: string;
}

/** A key whose children are looked for, as rows of its parent go or change. */
export interface LookUp<K extends ChainKey> {
  readonly key: K;
  readonly by: Reached;
}

/** Actions that are followed one after the other. [judgement: longer ones are named by their beginning] */
const DEEPEST = 12;
/** Steps that are followed in all: a schema may have any number of keys. */
const MOST = 2000;

interface Chains<K extends ChainKey> {
  readonly lookUps: readonly LookUp<K>[];
  readonly reached: readonly Reached[];
  /** True: there is more than was followed. */
  readonly cut: boolean;
}

/**
 * Which foreign keys a statement's changes look for children by, through the actions of others too (CASCADE, SET NULL, SET DEFAULT);
 * each once, by the shortest way. Cycles, and keys of a table to itself, end where they were before.
 */
export function chainsOf<K extends ChainKey>(keys: readonly K[], changes: readonly RowChange[]): Chains<K> {
  const byParent = Map.groupBy(keys, ({ parent }) => parent);
  const been = new Set<string>();
  const reached: Reached[] = [];
  const lookUps = new Map<K, LookUp<K>>();
  let cut = false;
  const go = (change: Reached): void => {
    const columns = change.columns.filter((name) => !been.has(placeOf(change, name)));
    if (change.kind === 'delete' ? been.has(placeOf(change, '')) : columns.length === 0) return;
    if (change.through.length > DEEPEST || reached.length >= MOST) {
      cut = true;
      return;
    }
    for (const name of change.kind === 'delete' ? [''] : columns) been.add(placeOf(change, name));
    reached.push({ ...change, columns });
  };
  for (const change of changes) go({ ...change, through: [] });
  // Those that come in while it is gone through are gone through as well: the nearest first.
  for (const change of reached) {
    for (const key of byParent.get(change.table) ?? []) {
      if (!concerns(key, change)) continue;
      if (!lookUps.has(key)) lookUps.set(key, { key, by: change });
      const next = following(key, change);
      if (next === null) continue;
      const action = change.kind === 'delete' ? `ON DELETE ${key.onDelete}` : `ON UPDATE ${key.onUpdate}`;
      go({ ...next, through: [...change.through, { key, action }] });
    }
  }
  return { lookUps: [...lookUps.values()], reached, cut };
}

function placeOf({ table, kind }: RowChange, column: string): string {
  return JSON.stringify([table, kind, column]);
}

function concerns(key: ChainKey, { kind, columns }: RowChange): boolean {
  return kind === 'delete' || key.parentColumns.some((name) => columns.includes(name));
}

/** What the action does to the children. */
function following(key: ChainKey, { kind, columns }: RowChange): RowChange | null {
  const action = (kind === 'delete' ? key.onDelete : key.onUpdate) as Action;
  if (action === 'NO ACTION' || action === 'RESTRICT') return null;
  if (kind === 'delete') {
    if (action === 'CASCADE') return { table: key.child, kind: 'delete', columns: [] };
    return { table: key.child, kind: 'update', columns: key.setOnDelete ?? key.columns };
  }
  // The key's other columns stay as they are.
  const changed = key.columns.filter((_, i) => columns.includes(key.parentColumns[i] ?? ''));
  return { table: key.child, kind: 'update', columns: action === 'CASCADE' ? changed : key.columns };
}

/** Tables of a chain that are written out. */
const SHOWN = 5;

/** `a → b → c, ON DELETE CASCADE`; with the action behind each where they differ. Names as they are. */
export function throughText(through: readonly Step[]): string {
  const [first] = through;
  if (!first) return '';
  const same = through.every(({ action }) => action === first.action);
  const steps = through.map(({ key, action }) => (same ? key.child : `${key.child} (${action})`));
  const shown =
    steps.length > SHOWN ? [...steps.slice(0, SHOWN - 1), `${steps.length - SHOWN} more`, ...steps.slice(-1)] : steps;
  return `${[first.key.parent, ...shown].join(' → ')}${same ? `, ${first.action}` : ''}`;
}
