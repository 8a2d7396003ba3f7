import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { noSuchLine, sourceNotNamed } from '../errors.ts';
import type { Session } from '../session.ts';

/** DAP Source, as far as it says which one it is. */
export const sourceShape = { 'path?': 'string', 'name?': 'string', 'sourceReference?': 'reference' } as const;

/** @throws UserError for a source without a path, a name and a reference: it means none. @returns the source */
export function namedSource(command: string, source: Dap.Source): Dap.Source {
  if (!source.path && !source.name && !source.sourceReference) throw sourceNotNamed(command);
  return source;
}

/** A line of the client, counted from 1. @throws UserError if there is none such */
export function lineFromClient(session: Session, line: number): number {
  const first = session.client.linesStartAt1 === false ? 0 : 1;
  if (line < first) throw noSuchLine(line, first);
  return line + 1 - first;
}
