export { type AppliedPragma, applyPragmas, type ConnectionPragmas, type PragmaConnection } from './sqlite-pragmas.ts';
