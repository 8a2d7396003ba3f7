import * as vscode from 'vscode';
import type { SystemRegister, SystemRegisterField } from '../debug-adapter/custom-requests.ts';
import { registerCommandTable } from './command-table.ts';
import { asAssembly, asC } from './register-code.ts';
import { bitsText, extract, fieldText, hex, isWritable, keptBits, parseFieldValue } from './views/register-fields.ts';
import { activeSession, type Session, type SessionState } from './session-state.ts';
import { readTogether } from './views/read-together.ts';
import { systemRegisterNodes } from './views/system-registers.ts';
import type { Subject, TreeNode } from './views/tree-node.ts';
import { registerTree, type TreeHandle } from './views/tree-view.ts';

const pinnedKey = 'sdei.pinnedRegisters';
const filteredContext = 'sdei.registersAreFiltered';
const whole = { msb: 63, lsb: 0 };

/** A register of a PE, or a field of one, with its value. */
interface Chosen {
  readonly pe: number;
  readonly register: SystemRegister;
  readonly field?: SystemRegisterField;
  /** Of the register; absent where it is not read. */
  readonly value: bigint | undefined;
}

/** The System Registers view and its commands. Pins are kept with the workspace, the filter as long as the window. */
export function registerSystemRegisters(state: SessionState, kept: vscode.Memento): TreeHandle {
  let filter = '';
  const pinned = () => kept.get<readonly string[]>(pinnedKey, []);
  const tree = registerTree('sdei.systemRegisters', state, async (isOpen) => {
    const sdei = await readTogether(state, isOpen, (pe) => state.systemRegisters(pe));
    return sdei === undefined ? [] : systemRegisterNodes(sdei.pes, (pe) => state.systemRegisters(pe), { pinned: pinned(), filter });
  });

  async function show(words: string): Promise<void> {
    filter = words.trim();
    tree.view.description = filter === '' ? undefined : `with "${filter}"`;
    await vscode.commands.executeCommand('setContext', filteredContext, filter !== '');
    await tree.refresh();
  }
  async function askFilter(): Promise<void> {
    const typed = await vscode.window.showInputBox({
      title: 'Filter System Registers',
      prompt: 'Words of a name, a field, a description, a value, or "changed". All of them must be found. Empty: all registers.',
      value: filter,
    });
    if (typed !== undefined) await show(typed);
  }

  async function pin(node: TreeNode | undefined, isPinned: boolean): Promise<void> {
    if (node?.subject?.kind !== 'systemRegister') return;
    const { name } = node.subject;
    const others = pinned().filter((one) => one !== name);
    await kept.update(pinnedKey, isPinned ? [...others, name] : others);
    await tree.refresh();
  }

  async function find({ pe, name, field }: Extract<Subject, { kind: 'systemRegister' }>): Promise<Chosen> {
    activeSession(state);
    const registers = await state.systemRegisters(pe);
    const index = registers?.table.findIndex((one) => one.name === name) ?? -1;
    if (registers === undefined || index < 0) throw new Error('The system registers are not known yet. Pause the guest first.');
    const register = registers.table[index];
    const { value } = registers.values[index];
    return {
      pe,
      register,
      field: register.fields.find((one) => one.name === field),
      value: value === undefined ? undefined : BigInt(value),
    };
  }
  const chosen = async (node: TreeNode | undefined): Promise<Chosen | undefined> =>
    node?.subject?.kind === 'systemRegister' ? find(node.subject) : undefined;

  async function pick(): Promise<Chosen | undefined> {
    activeSession(state);
    const pe = (vscode.debug.activeStackItem?.threadId ?? 1) - 1;
    const { table = [], values = [] } = (await state.systemRegisters(pe)) ?? {};
    const items = table.flatMap((register, index) => {
      const { value, unread } = values[index];
      if (!isWritable(register) || (value === undefined && unread !== 'write-only')) return [];
      const item = { label: register.name, description: value ?? unread, name: register.name };
      if (value === undefined) return [item];
      const fields = register.fields
        .filter((field) => isWritable(register, field))
        .map((field) => ({
          ...item,
          label: `${register.name}.${field.name}`,
          description: `${fieldText(field, extract(BigInt(value), field))} · ${bitsText([field])}`,
          field: field.name,
        }));
      return [item, ...fields];
    });
    if (items.length === 0) throw new Error('The system registers are not known yet. Pause the guest first.');
    const title = `Which system register of PE${pe} to edit?`;
    const picked: { name: string; field?: string } | undefined = await vscode.window.showQuickPick(items, {
      title,
      matchOnDescription: true,
    });
    return picked && find({ kind: 'systemRegister', pe, name: picked.name, field: picked.field });
  }

  async function edit(node?: TreeNode): Promise<void> {
    if (state.status !== 'stopped') throw new Error('The guest is running. Pause it first.');
    const what = (await chosen(node)) ?? (await pick());
    if (what === undefined) return;
    const value = await askValue(what);
    if (value !== undefined) await assign(activeSession(state), what, value);
  }

  const copy = async (
    node: TreeNode | undefined,
    text: (register: SystemRegister, value: bigint, field?: SystemRegisterField) => string,
  ) => {
    const what = await chosen(node);
    if (what?.value !== undefined) await vscode.env.clipboard.writeText(text(what.register, what.value, what.field));
  };

  const commands: Record<string, (node?: TreeNode) => Promise<unknown>> = {
    'sdei.editSystemRegister': edit,
    'sdei.pinRegister': (node) => pin(node, true),
    'sdei.unpinRegister': (node) => pin(node, false),
    'sdei.filterRegisters': askFilter,
    'sdei.clearRegisterFilter': () => show(''),
    'sdei.copyAsC': (node) => copy(node, asC),
    'sdei.copyAsAssembly': (node) => copy(node, asAssembly),
    'sdei.copyAsExpression': (node) => copy(node, (register, _value, field) => expressionOf(register, field)),
  };
  const registered = registerCommandTable(commands);
  return {
    ...tree,
    dispose() {
      registered.dispose();
      tree.dispose();
    },
  };
}

/** What the debugger's expressions call it. */
const expressionOf = ({ name }: SystemRegister, field: SystemRegisterField | undefined): string =>
  `$${field === undefined ? name : `${name}.${field.name}`}`;

/** As an edit in Watch: in the PE's innermost frame. */
async function assign(session: Session, { pe, register, field }: Chosen, value: bigint): Promise<void> {
  const { stackFrames } = (await session.customRequest('stackTrace', { threadId: pe + 1, startFrame: 0, levels: 1 })) as {
    readonly stackFrames: readonly { readonly id: number }[];
  };
  await session.customRequest('setExpression', {
    expression: expressionOf(register, field),
    value: hex(value),
    frameId: stackFrames[0].id,
  });
}

async function askValue({ pe, register, field, value }: Chosen): Promise<bigint | undefined> {
  const bits = field ?? whole;
  const present = value === undefined ? undefined : extract(value, bits);
  const meanings = Object.entries(field?.values ?? {}).map(([number, meaning]) => `${number} (${meaning})`);
  const typed = await vscode.window.showInputBox({
    title: `${expressionOf(register, field).slice(1)} of PE${pe}`,
    prompt: [field === undefined ? '0x…, 0b… or decimal' : `${bitsText([field])}: 0x…, 0b… or decimal`, ...meanings].join(', '),
    value: present === undefined ? '' : field === undefined ? hex(present) : fieldText(field, present),
    validateInput(text) {
      const parsed = parseFieldValue(text, bits);
      if ('problem' in parsed) return parsed.problem;
      const keeps = value === undefined || field !== undefined ? [] : keptBits(register, value, parsed.value);
      return keeps.length === 0
        ? undefined
        : {
            message: `A write does not change ${bitsText(keeps)}: they stay as they are.`,
            severity: vscode.InputBoxValidationSeverity.Info,
          };
    },
  });
  if (typed === undefined) return undefined;
  const parsed = parseFieldValue(typed, bits);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.value;
}
