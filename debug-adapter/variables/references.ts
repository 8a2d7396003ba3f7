/**
 * Who hands out `variablesReference`, and what is behind one. The same path (PE, frame level, scope, names) gets the same id at every stop,
 * so that a client keeps its nodes open; ids of an earlier stop stand for nothing until their parent has been listed again.
 */
import { ExpressionError } from '../evaluate/expression-error.ts';
import type { Watched } from '../evaluate/watched.ts';
import type { SourceLocation } from '../program/program.ts';

/** DAP ValueFormat. */
export interface ValueFormat {
  readonly hex?: boolean;
}

/** DAP VariablePresentationHint, as far as it is used. */
export interface PresentationHint {
  readonly kind?: 'property' | 'data' | 'virtual';
  readonly attributes?: readonly ('static' | 'constant' | 'readOnly' | 'rawString' | 'hasSideEffects')[];
  readonly lazy?: boolean;
}

/** A value as DAP's evaluate, setVariable, setExpression and variables responses carry it. Absent optional fields stay absent in the message. */
export interface DisplayedValue {
  readonly value: string;
  readonly type?: string;
  /** 0: no children. */
  readonly variablesReference: number;
  readonly namedVariables?: number;
  readonly indexedVariables?: number;
  /** `0x…`, for values in memory and for pointers (what they point at). */
  readonly memoryReference?: string;
  readonly presentationHint?: PresentationHint;
  /** For DAP `locations`: {@link References.locationOf}. */
  readonly declarationLocationReference?: number;
  /** Function pointers: where the function is. */
  readonly valueLocationReference?: number;
}

/** A DAP Variable. */
export interface DisplayedVariable extends DisplayedValue {
  readonly name: string;
  /** Evaluates to the same value in the same frame; absent: no expression does. */
  readonly evaluateName?: string;
}

/** Arguments of DAP variables. */
export interface VariablesRequest {
  readonly filter?: 'indexed' | 'named';
  readonly start?: number;
  /** Absent or 0: all. */
  readonly count?: number;
  readonly format?: ValueFormat;
}

/** What a reference stands for: computes its children when asked and not before. */
export interface Container {
  children(request: VariablesRequest): readonly DisplayedVariable[];
  /** @throws ExpressionError when there is no such child, or it cannot be written, or the text is no value for it */
  assign(name: string, text: string, format?: ValueFormat): DisplayedValue;
  /** What a data breakpoint on a child watches. @throws ExpressionError saying why it cannot be watched */
  watch(name: string): Watched;
}

export interface References {
  /** The id of `path`, now standing for `container`. */
  referenceFor(path: string, container: Container): number;
  containerOf(reference: number): Container | undefined;
  /** An id that was handed out, and stands for nothing at present. */
  isOfEarlierStop(reference: number): boolean;
  /** The id of a source place, for DAP `locations`. */
  locationReferenceFor(location: SourceLocation): number;
  locationOf(reference: number): SourceLocation | undefined;
  /** Call when the guest resumes or state changes: every container is forgotten, ids stay bound to their paths. */
  invalidate(): void;
}

/** One per session. */
export function createReferences(): References {
  const idOfPath = new Map<string, number>();
  const containers = new Map<number, Container>();
  const idOfLocation = new Map<string, number>();
  const locations: SourceLocation[] = [];
  return {
    referenceFor(path, container) {
      let id = idOfPath.get(path);
      if (id === undefined) idOfPath.set(path, (id = idOfPath.size + 1));
      containers.set(id, container);
      return id;
    },
    containerOf: (reference) => containers.get(reference),
    isOfEarlierStop: (reference) => reference >= 1 && reference <= idOfPath.size && !containers.has(reference),
    locationReferenceFor(location) {
      const key = `${location.path}:${location.line}:${location.column ?? ''}`;
      let id = idOfLocation.get(key);
      if (id === undefined) idOfLocation.set(key, (id = locations.push(location)));
      return id;
    },
    locationOf: (reference) => locations[reference - 1],
    invalidate() {
      if (containers.size > 0) containers.clear();
    },
  };
}

/** DAP variables. @throws ExpressionError for a reference of an earlier stop */
export function variablesOf(references: References, reference: number, request: VariablesRequest = {}): readonly DisplayedVariable[] {
  return contents(references, reference).children(request);
}

/** DAP setVariable. @throws ExpressionError naming the variable, the value and what would be accepted */
export function setVariable(references: References, reference: number, name: string, text: string, format?: ValueFormat): DisplayedValue {
  return contents(references, reference).assign(name, text, format);
}

/** @throws ExpressionError saying why it cannot be watched */
export function watchedVariable(references: References, reference: number, name: string): Watched {
  return contents(references, reference).watch(name);
}

function contents(references: References, reference: number): Container {
  const container = references.containerOf(reference);
  if (!container) throw new ExpressionError(`Variables reference ${reference} belongs to an earlier stop; ask for the scopes again.`);
  return container;
}
