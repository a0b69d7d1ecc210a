import type { ConstantTest, EqualityUse, JoinUse, RangeUse, SortUse, TableUse, Tested } from '../roles.ts';

/** Gathers what one SELECT (UPDATE, DELETE) does with one table. */
export class UseCollector {
  readonly table: string;
  readonly alias: string;
  orderBy: readonly SortUse[] = [];
  groupBy: readonly SortUse[] = [];
  limit = false;
  readonly #equality = new Map<string, EqualityUse>();
  readonly #joins = new Map<string, JoinUse>();
  readonly #ranges = new Map<string, RangeUse>();
  readonly #constants = new Map<string, ConstantTest>();
  readonly #unserved = new Set<string>();
  #output: Set<string> | null = new Set();

  constructor(table: string, alias: string) {
    this.table = table;
    this.alias = alias;
  }

  equality(use: EqualityUse): void {
    addOnce(this.#equality, keyOf(use), use);
  }

  join(use: JoinUse): void {
    addOnce(this.#joins, keyOf(use), use);
  }

  range(use: RangeUse): void {
    addOnce(this.#ranges, keyOf(use), use);
  }

  constant(test: ConstantTest): void {
    addOnce(this.#constants, test.predicate, test);
  }

  unserved(because: string): void {
    this.#unserved.add(because);
  }

  /** Null: every column, or who knows which. */
  read(column: string | null): void {
    if (column === null) this.#output = null;
    else this.#output?.add(column);
  }

  use(): TableUse {
    return {
      table: this.table,
      alias: this.alias,
      equality: [...this.#equality.values()],
      joins: [...this.#joins.values()],
      ranges: [...this.#ranges.values()],
      orderBy: this.orderBy,
      groupBy: this.groupBy,
      limit: this.limit,
      output: this.#output === null ? null : [...this.#output],
      constants: [...this.#constants.values()],
      ...(this.#unserved.size === 0 ? {} : { unserved: [...this.#unserved] }),
    };
  }
}

function keyOf({ column, expression, collate }: Tested): string {
  return JSON.stringify([column, expression, collate]);
}

function addOnce<T>(map: Map<string, T>, key: string, value: T): void {
  if (!map.has(key)) map.set(key, value);
}
