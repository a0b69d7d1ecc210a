import type { Statement } from '../../../model/database.ts';
import type { CommentTags } from '../comments.ts';
import type { TableUse, TableWrite } from '../roles.ts';

/** What a dialect's parser makes of a text. */
export interface Understood {
  readonly kind: Statement['kind'];
  /** Ids of the schema's tables that are in it. */
  readonly tables: readonly string[];
  /** Tables that the schema does not have (views, temporary tables, attached databases), as the statement calls them. */
  readonly unknownTables: readonly string[];
  readonly uses: readonly TableUse[];
  readonly writes: readonly TableWrite[];
  readonly comment: CommentTags;
  /** Parts between semicolons. */
  readonly statements: number;
  /** Why nothing is known but the comment: a sentence without a full stop. Null: it is understood. */
  readonly notUnderstood: string | null;
}
