import type { PeState, SystemRegister, SystemRegisterField, SystemRegisterValue } from '../../debug-adapter/custom-requests.ts';
import { bitsText, extract, fieldText, isWritable, partsOf } from './register-fields.ts';
import type { SystemRegisters } from '../session-state.ts';
import { peNodes } from './pe-nodes.ts';
import type { Icon, TreeNode } from './tree-node.ts';

/** What a person wants to see of the registers. */
export interface RegisterChoice {
  /** Names, in the order in which they were pinned. */
  readonly pinned: readonly string[];
  /** Words that must all be found in what is shown of a register; empty: all registers. */
  readonly filter: string;
}

/** The System Registers tree: by exception level and function, those that are pinned first. */
export function systemRegisterNodes(
  pes: readonly PeState[],
  read: (pe: number) => Promise<SystemRegisters | undefined>,
  choice: RegisterChoice,
): Promise<readonly TreeNode[]> {
  return peNodes(pes, async ({ pe }) => {
    const registers = await read(pe);
    return registers === undefined ? [] : registersOf(pe, registers, choice);
  });
}

/** One register with all that is to be said of it. */
interface Row {
  readonly register: SystemRegister;
  readonly present: SystemRegisterValue;
  /** Its value before the latest stop, if that was another. */
  readonly was: bigint | undefined;
}

function registersOf(pe: number, { table, values, before }: SystemRegisters, { pinned, filter }: RegisterChoice): TreeNode[] {
  const rows = table.map((register, index): Row => {
    const present = values[index];
    const previous = before?.[index].value;
    return { register, present, was: previous === undefined || previous === present.value ? undefined : BigInt(previous) };
  });
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  // What a filter opens is its own: without it, the tree is as open as it was.
  const root = words.length === 0 ? `pe${pe}` : `pe${pe}?${words.join(' ')}`;
  const nodeIn = (where: string, { register, present, was }: Row) =>
    filtered(
      registerNode({ id: `${where}/${register.name}`, pe, isPinned: pinned.includes(register.name) }, register, present, was),
      register,
      words,
    );
  const nodesIn = (where: string, of: readonly Row[]) => of.map((row) => nodeIn(where, row)).filter((node) => node !== undefined);

  const levels = [...new Set(rows.map(({ register }) => register.level))].sort((one, other) => one - other);
  const found = levels.flatMap((level) => {
    const ofLevel = rows.filter(({ register }) => register.level === level);
    const groups = [...new Set(ofLevel.map(({ register }) => register.group))].flatMap((group) => {
      const id = `${root}/EL${level}/${group}`;
      const nodes = nodesIn(
        id,
        ofLevel.filter(({ register }) => register.group === group),
      );
      return groupNode(id, group, nodes, undefined, words.length > 0);
    });
    return groupNode(`${root}/EL${level}`, `EL${level}`, groups, { name: 'layers' }, true);
  });
  const kept = pinned.flatMap((name) => rows.find(({ register }) => register.name === name) ?? []);
  const all = [...groupNode(`${root}/pinned`, 'Pinned', nodesIn(`${root}/pinned`, kept), { name: 'pinned' }, true), ...found];
  if (all.length > 0 || words.length === 0) return all;
  return [{ id: `${root}/none`, label: `No register has "${filter}"`, icon: { name: 'search-stop' } }];
}

const changedColor = 'charts.orange';
const changedIcon: Icon = { name: 'diff-modified', color: changedColor };

/** How many registers below the nodes have changed. */
const changedIn = (nodes: readonly TreeNode[]): number =>
  nodes.reduce(
    (sum, { context, children }) => sum + (context?.includes('changed') ? 1 : Array.isArray(children) ? changedIn(children) : 0),
    0,
  );
const countIn = (nodes: readonly TreeNode[]): number =>
  nodes.reduce((sum, { context, children }) => sum + (context ? 1 : Array.isArray(children) ? countIn(children) : 0), 0);

function groupNode(id: string, label: string, children: readonly TreeNode[], icon: Icon | undefined, expanded: boolean): TreeNode[] {
  if (children.length === 0) return [];
  const [count, changed] = [countIn(children), changedIn(children)];
  const description = `${count} register${count === 1 ? '' : 's'}${changed === 0 ? '' : `, ${changed} changed`}`;
  return [
    { id, label, description, icon: changed === 0 ? icon : { ...(icon ?? { name: 'folder' }), color: changedColor }, expanded, children },
  ];
}

/** A register's node, or what is left of it: all if the words are found in its own line or description, else the fields that have them. */
function filtered(node: TreeNode, { description, encoding }: SystemRegister, words: readonly string[]): TreeNode | undefined {
  const has = (...texts: readonly (string | undefined)[]) => {
    const text = texts.join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  };
  if (has(node.label, node.description, description, encoding)) return node;
  const parts = Array.isArray(node.children) ? (node.children as readonly TreeNode[]) : [];
  const children = parts.filter((part) => has(node.label, part.label, part.description));
  return children.length === 0 ? undefined : { ...node, expanded: true, children };
}

function registerNode(
  { id, pe, isPinned }: { readonly id: string; readonly pe: number; readonly isPinned: boolean },
  register: SystemRegister,
  { value: text, unread, unknown, symbol, layoutText }: SystemRegisterValue,
  was: bigint | undefined,
): TreeNode {
  const { name, encoding, access, group, description } = register;
  const subject = { kind: 'systemRegister', pe, name } as const;
  const tooltip = [
    `${name}: ${description}`,
    `${group}, ${{ RW: 'read and written', RO: 'read-only', WO: 'write-only' }[access]}, ${encoding}`,
  ];
  const pin = isPinned ? 'pinned' : 'unpinned';
  if (text === undefined) {
    return {
      id,
      label: name,
      description: unread === 'write-only' ? unread : `not read: ${unread}`,
      tooltip: tooltip.join('\n'),
      icon: { name: 'circle-slash', color: 'disabledForeground' },
      context: ['register', pin, ...(isWritable(register) ? ['writable'] : [])],
      subject,
      children: register.fields.map((field) => ({
        id: `${id}/${field.name}`,
        label: field.name,
        description: bitsText([field]),
        icon: fieldIcon,
      })),
    };
  }
  const value = BigInt(text);
  tooltip.push(`${text}${symbol === undefined ? '' : ` <${symbol}>`}`);
  if (layoutText !== undefined) tooltip.push(`Fields as they are while ${layoutText}`);
  if (was !== undefined) tooltip.push(`Was 0x${was.toString(16)} when it was shown before`);
  if (unknown !== undefined) tooltip.push(`UNKNOWN: ${unknown}`);
  const isRes0 = access === 'RW' && !isWritable(register) && register.fields.length === 0 && value === 0n;
  return {
    id,
    label: name,
    description: [
      symbol === undefined ? text : `${text} <${symbol}>`,
      isRes0 && 'RES0',
      unknown !== undefined && 'UNKNOWN',
      was !== undefined && 'changed',
    ]
      .filter(Boolean)
      .join(' · '),
    tooltip: tooltip.join('\n'),
    icon: was !== undefined ? changedIcon : { name: unknown === undefined ? 'symbol-numeric' : 'question' },
    context: [
      'register',
      pin,
      'value',
      'copyable',
      ...(isWritable(register) ? ['writable'] : []),
      ...(was === undefined ? [] : ['changed']),
    ],
    subject,
    value: text,
    expanded: false,
    children: partNodes(id, register, value, was, subject),
  };
}

const fieldIcon: Icon = { name: 'symbol-field' };

/** Fields, other bits that can be written, and those that cannot. A register that is one number has none. */
function partNodes(
  id: string,
  register: SystemRegister,
  value: bigint,
  was: bigint | undefined,
  subject: { readonly kind: 'systemRegister'; readonly pe: number; readonly name: string },
): TreeNode[] {
  const { parts, res0, res1 } = partsOf(register, value);
  if (register.fields.length === 0 && (register.access !== 'RW' || res0.length + res1.length === 0 || parts.length === 0)) return [];
  const nodes = parts.map((part): TreeNode => {
    const present = extract(value, part);
    const before = was === undefined || extract(was, part) === present ? undefined : extract(was, part);
    const text = fieldText(part, present);
    const { name } = part;
    const label = `${register.name}${name === undefined ? `<${part.msb}:${part.lsb}>` : `.${name}`}`;
    return {
      id: `${id}/${name ?? part.lsb}`,
      label: name ?? `<${part.msb}:${part.lsb}>`,
      description: [text, before !== undefined && `changed, was ${fieldText(part, before)}`, bitsText([part])].filter(Boolean).join(' · '),
      tooltip: [
        `${label} = ${text}`,
        bitsText([part]),
        ...(before === undefined ? [] : [`Was ${fieldText(part, before)} when it was shown before`]),
        ...meanings(part.values),
      ].join('\n'),
      icon: before === undefined ? fieldIcon : changedIcon,
      context: ['field', 'value', ...(name === undefined ? [] : ['copyable', ...(isWritable(register, part) ? ['writable'] : [])])],
      ...(name === undefined ? {} : { subject: { ...subject, field: name } }),
      value: `0x${present.toString(16)}`,
    };
  });
  const fixed = (label: string, ranges: readonly { readonly msb: number; readonly lsb: number }[]): TreeNode[] =>
    ranges.length === 0
      ? []
      : [
          {
            id: `${id}/${label}`,
            label,
            description: bitsText(ranges),
            tooltip: `${label}: ${bitsText(ranges)}\nWrites do not change them.`,
            icon: { name: 'dash' },
          },
        ];
  return [...nodes, ...fixed('RES0', res0), ...fixed('RES1', res1)];
}

const meanings = (values: SystemRegisterField['values'] = {}): string[] =>
  Object.entries(values).map(([value, meaning]) => `${value}: ${meaning}`);
