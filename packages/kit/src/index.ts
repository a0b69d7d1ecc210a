export { type AppliedPragma, applyPragmas, type ConnectionPragmas, type PragmaConnection } from './sqlite-pragmas.ts';
export { type NamedRequest, requestEndpoint, withEndpoint } from './statement-log/endpoint.ts';
export { logStatements } from './statement-log/log.ts';
export type {
  LoggableDatabase,
  RequestName,
  SqlValue,
  StatementLog,
  StatementLogOptions,
  ValuePlace,
} from './statement-log/options.ts';
