/** The scopes of a frame: Locals, Registers, System registers, SDEI event, Interrupted context, Pseudo registers. */
import type { Cell } from '../evaluate/cell.ts';
import { ExpressionError } from '../evaluate/expression-error.ts';
import { type FrameView, framePath } from '../evaluate/frame-view.ts';
import { generalCells, machineCells, pcCell, pstateCell, spCell } from '../evaluate/machine-cells.ts';
import { namesAt } from '../evaluate/names.ts';
import { programAt, sceneOf } from '../evaluate/scene.ts';
import {
  argumentCell,
  contextCell,
  deviceIrqLevelCell,
  eventCell,
  handlerCell,
  maskedCell,
  pendingCell,
  pendingEvents,
  pseudoCells,
  runningHandler,
} from '../evaluate/sdei-cells.ts';
import { typedAt, typedCell } from '../evaluate/typed.ts';
import { variablePlace } from '../evaluate/variable-place.ts';
import type { TargetInterruptedContext } from '../target/target.ts';
import { type Child, cellChildren, childContainer, paged, type View } from './children.ts';
import { addressText } from './address-text.ts';
import type { Container, DisplayedVariable, References } from './references.ts';

/** A DAP Scope. */
export interface Scope {
  readonly name: string;
  readonly presentationHint?: 'locals' | 'registers';
  readonly variablesReference: number;
  readonly namedVariables?: number;
  /** Not read until expanded. */
  readonly expensive: boolean;
}

/** The scopes of `frame`, most local first. Reads nothing of the guest: that happens when a scope is listed. */
export function scopesOf(frame: FrameView, references: References): Scope[] {
  const scene = sceneOf(frame);
  const view: View = { scene, names: namesAt(frame.programs, scene.lookupPc, frame.inlineDepth), references };
  const scope = (name: string, container: (path: string) => Container, hint?: Scope['presentationHint']): Scope => {
    const path = `${framePath(frame)}/${name}`;
    return {
      name,
      ...(hint ? { presentationHint: hint } : {}),
      variablesReference: references.referenceFor(path, container(path)),
      expensive: hint !== 'locals',
    };
  };
  const listed = (children: () => Child[]) => (path: string) => childContainer(view, path, (request) => paged(children(), request));

  const scopes = [
    scope(
      'Locals',
      listed(() => localChildren(view)),
      'locals',
    ),
    scope('Registers', (path) => registersContainer(view, path), 'registers'),
  ];
  if (frame.target.systemRegisters.length > 0) scopes.push(scope('System registers', (path) => systemRegistersContainer(view, path)));
  scopes.push(scope('SDEI event', (path) => sdeiContainer(view, path)));
  if (frame.handler !== undefined || frame.interruptedBy !== undefined)
    scopes.push(
      scope(
        'Interrupted context',
        listed(() => cellChildren(contextCell.parts ?? [])),
      ),
    );
  const isUserIrqchip = frame.target.pes[frame.pe]?.deviceIrqLevel !== undefined;
  scopes.push(
    scope(
      'Pseudo registers',
      listed(() => cellChildren(isUserIrqchip ? [deviceIrqLevelCell, ...pseudoCells] : pseudoCells)),
    ),
  );
  return scopes;
}

function localChildren({ scene, names }: View): Child[] {
  const program = programAt(scene.frame.programs, scene.lookupPc);
  if (!program) return [];
  const locals = names.locals();
  const inOrder = [...locals.filter(({ kind }) => kind === 'parameter'), ...locals.filter(({ kind }) => kind !== 'parameter')];
  return inOrder.map((variable) => ({
    name: variable.name,
    typed: typedAt(variable.typeIn(scene.context), variablePlace(variable, program, undefined)),
    expression: variable.name,
    declaration: variable.declaration,
  }));
}

interface Group {
  readonly name: string;
  readonly cells: readonly Cell[];
}

/** Cells, then groups of cells that are read when opened. */
function groupedContainer(view: View, path: string, cells: readonly Cell[], groups: readonly Group[]): Container {
  const own = childContainer(view, path, () => cellChildren(cells));
  const containers = new Map(
    groups.map((group) => [
      group.name,
      childContainer(view, `${path}/${group.name}`, (request) => paged(cellChildren(group.cells), request)),
    ]),
  );
  return {
    children(request) {
      const nodes = groups.map(({ name, cells: members }): DisplayedVariable => {
        const container = containers.get(name) as Container;
        return {
          name,
          value: members.length === 1 ? '1 register' : `${members.length} registers`,
          variablesReference: view.references?.referenceFor(`${path}/${name}`, container) ?? 0,
          namedVariables: members.length,
          presentationHint: { kind: 'virtual', attributes: ['readOnly'] },
        };
      });
      return paged([...(cells.length > 0 ? own.children({ format: request.format }) : []), ...nodes], request);
    },
    assign(name, text, format) {
      const group = groups.find(({ cells: members }) => members.some((cell) => cell.name === name));
      return ((group && containers.get(group.name)) ?? own).assign(name, text, format);
    },
    watch(name) {
      const group = groups.find(({ cells: members }) => members.some((cell) => cell.name === name));
      return ((group && containers.get(group.name)) ?? own).watch(name);
    },
  };
}

function registersContainer(view: View, path: string): Container {
  const vectors = [...machineCells(view.scene.frame.target).values()].filter(({ name }) => /^v\d+$/.test(name));
  const groups = vectors.length > 0 ? [{ name: 'SIMD and floating-point', cells: vectors }] : [];
  return groupedContainer(view, path, [...generalCells, spCell, pcCell, pstateCell], groups);
}

function systemRegistersContainer(view: View, path: string): Container {
  const { target } = view.scene.frame;
  const groups = new Map<string, Cell[]>();
  for (const { name, group } of target.systemRegisters) {
    const cell = machineCells(target).get(name.toLowerCase());
    if (cell) groups.set(group, [...(groups.get(group) ?? []), cell]);
  }
  return groupedContainer(
    view,
    path,
    [],
    [...groups].map(([name, cells]) => ({ name, cells })),
  );
}

/** The event whose handler this frame belongs to, and what decides the delivery of the next. */
function sdeiContainer(view: View, path: string): Container {
  const { scene } = view;
  const cells = (...shown: Cell[]) =>
    childContainer(view, path, () =>
      shown.map((cell) => ({ name: cell.name.slice('sdei_'.length), typed: typedCell(cell), expression: `$${cell.name}` })),
    );
  const registration = cells(handlerCell, argumentCell);
  const masked = cells(maskedCell);
  const state = cells(maskedCell, eventCell, pendingCell);
  return {
    children(request) {
      const { format } = request;
      const running = runningHandler(scene);
      const pending = pendingEvents(scene);
      const handler = running
        ? [...eventFacts(running), ...registration.children({ format }), ...interruptionFacts(view, running.context)]
        : [fact('event', 'none')];
      return paged(
        [...handler, ...masked.children({ format }), fact('pending', pending.length > 0 ? pending.join(', ') : 'none')],
        request,
      );
    },
    assign(name, text, format) {
      if (name !== 'masked') throw new ExpressionError(`'${name}' is read-only.`);
      return masked.assign(name, text, format);
    },
    watch: (name) => state.watch(name),
  };
}

function fact(name: string, value: string, more: Partial<DisplayedVariable> = {}): DisplayedVariable {
  return { name, value, variablesReference: 0, presentationHint: { attributes: ['readOnly'] }, ...more };
}

function eventFacts({ context, event }: NonNullable<ReturnType<typeof runningHandler>>): DisplayedVariable[] {
  return [
    fact('event', String(context.event), { type: 'int', evaluateName: `$${eventCell.name}` }),
    fact('priority', context.priority),
    ...(event ? [fact('type', event.type), fact('state', event.state)] : []),
  ];
}

function interruptionFacts({ scene }: View, { pc, pstate, at }: TargetInterruptedContext): DisplayedVariable[] {
  return [fact('interrupted', `${addressText(scene, pc)} at EL${(pstate >> 2n) & 3n}`), fact('dispatched after', `${at} instructions`)];
}
