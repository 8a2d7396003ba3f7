/** Values as tree nodes: what is shown of one, what is inside it, and how a child is changed. */
import { isStruct, scalarOf, sizeOf, stripped } from '../evaluate/c-types.ts';
import { typeName } from '../program/types-of.ts';
import { type Cell, presentParts, shortName } from '../evaluate/cell.ts';
import { ExpressionError } from '../evaluate/expression-error.ts';
import { anonymous, isPresent } from '../evaluate/members.ts';
import { type Names, unknown } from '../evaluate/names.ts';
import { assignText } from './assign-text.ts';
import {
  type BitRange,
  bytesOf,
  hex,
  implicitTarget,
  integerFrom,
  type Place,
  partOf,
  readPlace,
  ValueUnavailable,
} from '../evaluate/place.ts';
import type { Scene } from '../evaluate/scene.ts';
import { elementsOf, type Slice, sliceOf } from '../evaluate/slices.ts';
import { type FoundStatic, isStatic, membersInOrder, staticPlace } from '../evaluate/static-members.ts';
import { placeOfTyped, type Typed, typedAt, typedCell } from '../evaluate/typed.ts';
import { watchedOf } from '../evaluate/watched.ts';
import type { SourceLocation } from '../program/program.ts';
import type { Member, Type } from '../program/types.ts';
import { formatCell, partsText } from './cell-text.ts';
import { formatPlace } from './format.ts';
import type { Format } from './format-options.ts';
import type { Container, DisplayedValue, DisplayedVariable, PresentationHint, References, VariablesRequest } from './references.ts';
import { charactersOf, stringOf } from './text.ts';

/** What the nodes of one frame share. */
export interface View {
  readonly scene: Scene;
  readonly names: Names;
  /** Absent: nothing can be expanded. */
  readonly references?: References;
}

/** A node before it is shown. */
export interface Child {
  readonly name: string;
  readonly typed: Typed;
  /** Evaluates to the child. */
  readonly expression?: string;
  readonly declaration?: SourceLocation;
  readonly hint?: PresentationHint;
}

/** The value of an expression or variable. @throws ValueUnavailable only for what must be computed from something unavailable */
export function displayTyped(view: View, path: string, typed: Typed, expression: string | undefined, format: Format): DisplayedValue {
  const { scene } = view;
  if (typed.cell) return displayCell(view, path, typed, typed.cell, format);
  if (!typed.place && stripped(typed.type).kind === 'void') return { value: 'void', type: typeName(typed.type), variablesReference: 0 };
  return displayPlace(view, path, typed.type, placeOfTyped(typed, scene), expression, format, typed.bit);
}

function displayCell(view: View, path: string, typed: Typed, cell: Cell, format: Format): DisplayedValue {
  const { scene } = view;
  let value: string;
  let { parts } = cell;
  try {
    const number = typed.integer ? typed.integer(scene) : cell.read?.(scene);
    value = number === undefined ? partsText(scene, cell, format) : formatCell(scene, cell, number, format);
  } catch (error) {
    if (!(error instanceof ValueUnavailable)) throw error;
    value = error.display;
    parts = undefined;
  }
  return {
    value,
    type: cell.parts && !cell.read ? undefined : typeName(cell.type),
    variablesReference: parts
      ? (view.references?.referenceFor(
          path,
          childContainer(view, path, (request) => paged(cellChildren(presentParts(cell, scene)), request)),
        ) ?? 0)
      : 0,
    ...(parts ? { namedVariables: presentParts(cell, scene).length } : {}),
    ...(cell.read && scalarOf(cell.type)?.kind === 'pointer' ? pointerReferences(view, cell.type, value) : {}),
    ...(cell.write || (parts && !cell.read) ? {} : { presentationHint: { attributes: ['readOnly'] } }),
  };
}

function pointerReferences(view: View, type: Type, text: string): { memoryReference?: string; valueLocationReference?: number } {
  const memoryReference = /^0x[1-9a-f][0-9a-f]*/.exec(text)?.[0];
  if (memoryReference === undefined) return {};
  const pointer = stripped(type);
  const isCode = pointer.kind === 'pointer' && stripped(pointer.to()).kind === 'function';
  return { memoryReference, ...(isCode ? codeLocation(view, BigInt(memoryReference)) : {}) };
}

export const cellChildren = (cells: readonly Cell[]): Child[] =>
  cells.map((cell) => ({ name: shortName(cell), typed: typedCell(cell), expression: `$${cell.name}` }));

function displayPlace(
  view: View,
  path: string,
  type: Type,
  place: Place,
  expression: string | undefined,
  format: Format,
  bit: BitRange | undefined,
): DisplayedValue {
  const { scene, references } = view;
  const plain = stripped(type);
  if ((plain.kind === 'function' || plain.kind === 'void') && place.kind === 'memory') return displayLabel(view, type, place.address);
  const inside = bit ? undefined : insides(scene, type, place, expression, format);
  const pointer = plain.kind === 'pointer' && !plain.isNull ? pointerValue(scene, place) : undefined;
  const isCode = plain.kind === 'pointer' && stripped(plain.to()).kind === 'function';
  const address = pointer ?? (place.kind === 'memory' ? place.address : undefined);
  return {
    value: formatPlace(scene, type, place, format, bit),
    type: typeName(type),
    variablesReference: (inside && references?.referenceFor(path, childContainer(view, path, inside.children, format))) ?? 0,
    ...(inside?.indexed === undefined ? {} : { indexedVariables: inside.indexed }),
    ...(inside?.named === undefined ? {} : { namedVariables: inside.named }),
    ...(address === undefined || address === 0n ? {} : { memoryReference: hex(address) }),
    ...(isCode && pointer ? codeLocation(view, pointer) : {}),
  };
}

/** A function, or a symbol of which only the address is known. */
function displayLabel(view: View, type: Type, address: bigint): DisplayedValue {
  const { scene } = view;
  const value = formatPlace(scene, { kind: 'pointer', size: 8, to: () => type }, addressPlace(address));
  return { value, type: typeName(type), variablesReference: 0, memoryReference: hex(address), ...codeLocation(view, address) };
}

const addressPlace = (address: bigint): Place => ({ kind: 'slice', location: { kind: 'value', bytes: bytesOf(address, 8) }, offset: 0 });

function codeLocation({ scene, references }: View, address: bigint): { valueLocationReference?: number } {
  for (const program of scene.frame.programs) {
    const location = program.sourceAt(address);
    if (location && references) return { valueLocationReference: references.locationReferenceFor(location) };
  }
  return {};
}

function pointerValue(scene: Scene, place: Place): bigint | undefined {
  try {
    return integerFrom(readPlace(scene, place, 8));
  } catch (error) {
    if (error instanceof ValueUnavailable) return undefined;
    throw error;
  }
}

/** `undefined`: nothing that can be read. */
function pointedAt(scene: Scene, place: Place): Place | undefined {
  const address = pointerValue(scene, place);
  if (address === undefined) return implicitTarget(place);
  if (address === 0n || scene.frame.target.readMemory(address, 1, scene.space).length === 0) return undefined;
  return { kind: 'memory', address };
}

interface Insides {
  /** Elements of an array or slice. */
  readonly indexed?: number;
  /** What a slice has besides. */
  readonly named?: number;
  children(request: VariablesRequest): Child[];
}

/** What can be expanded: members, elements, what a pointer points at. */
function insides(scene: Scene, type: Type, place: Place, expression: string | undefined, format: Format): Insides | undefined {
  const plain = stripped(type);
  const suffix = format.letter ? `,${format.letter}` : '';
  if (isStruct(plain)) {
    const members = (request: VariablesRequest) =>
      paged(memberChildren(scene, plain, place, expression && `${postfix(expression)}.`, suffix), request);
    const slice = sliceOf(plain);
    const elements = slice && !slice.isText ? sliceElements(scene, slice, place) : undefined;
    if (slice && elements) {
      const all = expression && `${postfix(expression)}.${slice.pointer.name}`;
      return {
        indexed: elements.count,
        named: membersInOrder(plain).length,
        children: (request) => [
          ...members(request),
          ...elementChildren(slice.element, elements.count, elements.place, all, suffix, request),
        ],
      };
    }
    return membersInOrder(plain).length > 0 ? { children: members } : undefined;
  }
  if (plain.kind === 'array') {
    const { count } = plain;
    if (!count || (stringOf(plain) && !format.letter)) return undefined;
    return { indexed: count, children: (request) => elementChildren(plain.element(), count, place, expression, suffix, request) };
  }
  if (plain.kind !== 'pointer') return undefined;
  const target = stripped(plain.to());
  if (['void', 'function', 'incomplete'].includes(target.kind) || charactersOf(plain.to())) return undefined;
  const there = pointedAt(scene, place);
  if (there === undefined) return undefined;
  if (isStruct(target)) {
    const members = (request: VariablesRequest) =>
      paged(memberChildren(scene, target, there, expression && `${postfix(expression)}->`, suffix), request);
    return membersInOrder(target).length > 0 ? { children: members } : undefined;
  }
  const name = expression && pointee(expression);
  return { children: () => [{ name: name ?? '*', typed: typedAt(plain.to(), () => there), expression: name && name + suffix }] };
}

/** `undefined`: none that can be read. */
function sliceElements(scene: Scene, slice: Slice, place: Place): { readonly count: number; readonly place: Place } | undefined {
  try {
    const { address, count } = elementsOf(slice, (offset, size) => readPlace(scene, partOf(place, offset), size));
    return count > 0 && count < MOST_ELEMENTS ? { count, place: { kind: 'memory', address } } : undefined;
  } catch (error) {
    if (error instanceof ValueUnavailable) return undefined;
    throw error;
  }
}

/** A slice that is not set yet has any length. */
const MOST_ELEMENTS = 2 ** 31;

/** The expression as something `.`, `->` and `[]` can follow. */
export function postfix(expression: string): string {
  return isPostfix(expression) ? expression : `(${expression})`;
}

const isPostfix = (expression: string): boolean => /^(\$?\w+|('[^']*'|\w+)::\w+)((\.|->)\w+|\[\d+\])*$/.test(expression);

/** What the expression points at: `*p`, `**p`, `*(p + 1)`. */
const pointee = (expression: string): string => `*${isPostfix(expression.replace(/^\*+/, '')) ? expression : `(${expression})`}`;

/** The part of named children that is asked for. */
export function paged<Item>(children: readonly Item[], { filter, start = 0, count }: VariablesRequest): Item[] {
  return filter === 'indexed' ? [] : children.slice(start, count ? start + count : undefined);
}

/** Members in order, those of anonymous structs and unions in their place; a base is one by the name of its class. */
function memberChildren(
  scene: Scene,
  type: Extract<Type, { kind: 'struct' | 'union' | 'class' }>,
  place: Place,
  prefix: string | undefined,
  suffix: string,
): Child[] {
  return membersInOrder(type).flatMap((member): Child[] => {
    if (isStatic(member)) return [staticChild(scene, member, prefix, suffix)];
    if (!isThere(scene, member, place)) return [];
    const inner = anonymous(member);
    if (inner) return memberChildren(scene, inner, partOf(place, member.offset), prefix, suffix);
    if (member.name === undefined) return [];
    const part = member.locate ? virtualBase(scene, member, place) : partOf(place, member.offset, member.bit);
    if (part === undefined) return [];
    return [
      {
        name: member.name,
        typed: typedAt(member.type(), () => part, member.bit),
        expression: prefix && (member.base ? baseExpression(prefix, member.name) : `${prefix}${member.name}`) + suffix,
      },
    ];
  });
}

function staticChild(scene: Scene, found: FoundStatic, prefix: string | undefined, suffix: string): Child {
  const { name, type } = found.member;
  return {
    name,
    typed: typedAt(type(), staticPlace(found, scene.frame.programs)),
    expression: prefix && `${prefix}${name}${suffix}`,
    hint: { attributes: ['static'] },
  };
}

function virtualBase(scene: Scene, { locate }: Member, place: Place): Place | undefined {
  const address = place.kind === 'memory' ? locate?.(place.address, scene.context.memory) : undefined;
  return address === undefined ? undefined : { kind: 'memory', address };
}

/** A record that cannot be read shows all that it may have. */
function isThere(scene: Scene, member: Member, place: Place): boolean {
  try {
    return isPresent(member, (offset, size) => readPlace(scene, partOf(place, offset), size));
  } catch (error) {
    if (error instanceof ValueUnavailable) return true;
    throw error;
  }
}

/** @param prefix what members are written behind: `object.` or `pointer->` */
const baseExpression = (prefix: string, base: string): string =>
  prefix.endsWith('->') ? `*(${base} *)${prefix.slice(0, -2)}` : `*(${base} *)&${prefix.slice(0, -1)}`;

function elementChildren(
  element: Type,
  count: number,
  place: Place,
  expression: string | undefined,
  suffix: string,
  { filter, start = 0, count: wanted }: VariablesRequest,
): Child[] {
  if (filter === 'named') return [];
  const size = sizeOf(element);
  const first = Math.min(Math.max(start, 0), count);
  const last = wanted ? Math.min(first + wanted, count) : count;
  return Array.from({ length: last - first }, (_, i) => {
    const part = partOf(place, (first + i) * size);
    return {
      name: `[${first + i}]`,
      typed: typedAt(element, () => part),
      expression: expression && `${postfix(expression)}[${first + i}]${suffix}`,
    };
  });
}

/** A container of children that are worked out when asked for. `list` may honour the paging of the request itself. */
export function childContainer(view: View, path: string, list: (request: VariablesRequest) => Child[], inherited: Format = {}): Container {
  function childNamed(name: string): Child {
    const index = /^\[(\d+)\]$/.exec(name);
    const children = list(index ? { start: Number(index[1]), count: 1 } : {});
    const child = children.find((candidate) => candidate.name === name);
    if (child) return child;
    throw unknown(
      `No variable '${name}' here`,
      name,
      children.map((candidate) => candidate.name),
    );
  }
  return {
    children(request) {
      const format = { ...inherited, hex: request.format?.hex };
      return list(request).map((child) => displayChild(view, path, child, format));
    },
    assign(name, text, format) {
      const child = childNamed(name);
      assignText(view, child.typed, name, text);
      return displayTyped(view, `${path}/${name}`, child.typed, bare(child.expression), { ...inherited, hex: format?.hex });
    },
    watch(name) {
      const { typed, expression } = childNamed(name);
      return watchedOf(view.scene, typed, bare(expression) ?? name);
    },
  };
}

function displayChild(view: View, path: string, child: Child, format: Format): DisplayedVariable {
  const { name, typed, expression, declaration, hint } = child;
  let displayed: DisplayedValue;
  try {
    displayed = displayTyped(view, `${path}/${name}`, typed, bare(expression), format);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const value = error instanceof ValueUnavailable ? error.display : `<${error.message}>`;
    displayed = { value, type: typeName(typed.type), variablesReference: 0 };
  }
  const declarationLocationReference = declaration && view.references?.locationReferenceFor(declaration);
  return {
    name,
    ...displayed,
    ...(expression === undefined ? {} : { evaluateName: expression }),
    ...(declarationLocationReference === undefined ? {} : { declarationLocationReference }),
    ...(hint ? { presentationHint: { ...displayed.presentationHint, ...hint } } : {}),
  };
}

/** Without the format suffix. */
const bare = (expression: string | undefined) => expression?.replace(/,[a-z]$/, '');
