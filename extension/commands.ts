import * as vscode from 'vscode';
import type { CustomRequests, EventState, PeState, PseudoRegister, SdeiState } from '../debug-adapter/custom-requests.ts';
import { parseRegisterValue, withBit, withField } from './pseudo-register-value.ts';
import { registerCommandTable } from './command-table.ts';
import { type SessionState, activeSession, ask } from './session-state.ts';
import { stateWords, triggerOutlook } from './trigger-outlook.ts';
import type { Subject, TreeNode } from './views/tree-node.ts';
import type { TreeHandle } from './views/tree-view.ts';
import { showError } from './shown-errors.ts';

type EventSubject = Extract<Subject, { kind: 'event' }>;
/** What the context menu of a line's number gives. */
interface LinePlace {
  readonly uri?: vscode.Uri;
  readonly lineNumber?: number;
}
type RegisterSubject = Extract<Subject, { kind: 'register' }>;

/** The commands of the palette and of the trees. From a tree they get its node; from the palette, nothing, and ask. */
export function registerCommands(state: SessionState, registers: TreeHandle): vscode.Disposable {
  const session = () => activeSession(state);
  const request = <Name extends keyof CustomRequests>(name: Name, args: CustomRequests[Name][0]) => ask(session(), name, args);
  const present = async (): Promise<SdeiState> => {
    session();
    if (state.status !== 'stopped') throw new Error('The guest is running. Pause it first.');
    const sdei = await state.sdei();
    if (sdei === undefined) throw new Error('The state of SDEI is not known yet. Pause the guest first.');
    return sdei;
  };

  async function trigger(node?: TreeNode): Promise<void> {
    const chosen = eventOf(node) ?? (await pickEvent(await present(), 'Which event to trigger?', () => true, true));
    if (chosen === undefined) return;
    const { outcome, message } = await request('sdei/trigger', { event: chosen.event, pe: chosen.pe });
    if (outcome === 'pending') void vscode.window.showInformationMessage(message);
    else vscode.window.setStatusBarMessage(`$(zap) ${message}`, 6000);
  }

  /** @param place from the menu of a line's number; absent: the line of the cursor */
  async function inject(place?: LinePlace): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    const uri = place?.uri ?? editor?.document.uri;
    const line = place?.lineNumber ?? (editor && editor.selection.active.line + 1);
    if (uri === undefined || line === undefined) throw new Error('Open a source of the guest, and put the cursor on the line.');
    const chosen = await pickEvent(
      await present(),
      `Which event when ${uri.path.replace(/^.*\//, '')}:${line} is reached?`,
      (event) => event.pe === undefined || event.pe === 0,
    );
    if (chosen === undefined) return;
    const path = uri.scheme === 'file' ? uri.fsPath : uri.toString();
    const { message } = await request('sdei/inject', { event: chosen.event, source: { path }, line });
    void vscode.window.showInformationMessage(message);
  }

  async function setEnabled(node: TreeNode | undefined, enabled: boolean): Promise<void> {
    const states: readonly EventState['state'][] = enabled ? ['registered', 'registeredRunning'] : ['enabled', 'enabledRunning'];
    const chosen =
      eventOf(node) ??
      (await pickEvent(await present(), enabled ? 'Which event to enable?' : 'Which event to disable?', (event) =>
        states.includes(event.state),
      ));
    if (chosen !== undefined) await request('sdei/setEnabled', { event: chosen.event, pe: chosen.pe, enabled });
  }

  async function setMasked(node: TreeNode | undefined, masked: boolean): Promise<void> {
    const pe = node?.subject?.kind === 'pe' ? node.subject.pe : await pickPe(await present(), masked);
    if (pe !== undefined) await request('sdei/setMasked', { pe, masked });
  }

  async function edit(node?: TreeNode): Promise<void> {
    const chosen =
      node?.subject?.kind === 'register' ? node.subject : await pickRegister(await present(), (pe) => state.pseudoRegisters(pe));
    const value = chosen === undefined ? undefined : await askValue(chosen);
    if (chosen !== undefined && value !== undefined)
      await request('sdei/setPseudoRegister', { pe: chosen.pe, id: chosen.register.id, value });
  }

  async function openHandler(node?: TreeNode): Promise<void> {
    if (node?.location === undefined) return;
    const { path, line } = node.location;
    const uri = /^[a-z][\w+.-]+:\/\//i.test(path) ? vscode.Uri.parse(path) : vscode.Uri.file(path);
    const start = new vscode.Position(line - 1, 0);
    await vscode.window.showTextDocument(uri, { selection: new vscode.Range(start, start), preserveFocus: false });
  }

  async function setBits(items: vscode.TreeCheckboxChangeEvent<TreeNode>['items']): Promise<void> {
    for (const [{ subject }, checkbox] of items) {
      if (subject?.kind !== 'register' || subject.bit === undefined) continue;
      const value = withBit(subject.register, subject.bit, checkbox === vscode.TreeItemCheckboxState.Checked);
      await request('sdei/setPseudoRegister', { pe: subject.pe, id: subject.register.id, value });
    }
  }

  const commands: Record<string, (node?: TreeNode & LinePlace) => Promise<unknown>> = {
    'sdei.triggerEvent': trigger,
    'sdei.injectEvent': inject,
    'sdei.enableEvent': (node) => setEnabled(node, true),
    'sdei.disableEvent': (node) => setEnabled(node, false),
    'sdei.maskPe': (node) => setMasked(node, true),
    'sdei.unmaskPe': (node) => setMasked(node, false),
    'sdei.openHandler': openHandler,
    'sdei.editPseudoRegister': edit,
    'sdei.copyValue': async (node) => vscode.env.clipboard.writeText(node?.value ?? ''),
  };
  return vscode.Disposable.from(
    registerCommandTable(commands),
    // A bit whose edit was refused is ticked as before.
    registers.view.onDidChangeCheckboxState(({ items }) => setBits(items).catch(showError).finally(registers.refresh)),
  );
}

const eventOf = (node: TreeNode | undefined): EventSubject | undefined => (node?.subject?.kind === 'event' ? node.subject : undefined);

/** PE of the frame or thread that is selected in the call stack: thread 1 is PE0. */
function selectedPe(pes: readonly PeState[]): number {
  const thread = vscode.debug.activeStackItem?.threadId;
  return pes.find(({ pe }) => pe + 1 === thread)?.pe ?? 0;
}

async function pickEvent(
  sdei: SdeiState,
  title: string,
  matches: (event: EventState) => boolean,
  withOutlook = false,
): Promise<EventSubject | undefined> {
  const here = selectedPe(sdei.pes);
  const icons = { dispatches: 'zap', pending: 'bell-dot', refused: 'circle-slash' } as const;
  const items = sdei.events.filter(matches).map((event) => {
    const pe = event.type === 'shared' ? here : (event.pe ?? here);
    const outlook = triggerOutlook(sdei, event, pe);
    return {
      label: `$(${withOutlook ? icons[outlook.outcome] : 'symbol-event'}) Event ${event.number}`,
      description: [event.type === 'shared' ? 'shared' : `PE${pe}`, event.priority, stateWords[event.state], event.handler?.name]
        .filter(Boolean)
        .join(' · '),
      ...(withOutlook ? { detail: outlook.reason } : {}),
      subject: { kind: 'event' as const, event: event.number, pe },
      here: pe === here,
    };
  });
  if (items.length === 0) throw new Error('There is no such event now.');
  items.sort((a, b) => Number(b.here) - Number(a.here));
  return (await vscode.window.showQuickPick(items, { title: `SDEI: ${title}`, matchOnDescription: true, matchOnDetail: true }))?.subject;
}

async function pickPe(sdei: SdeiState, mask: boolean): Promise<number | undefined> {
  const pes = sdei.pes.filter(({ masked }) => masked !== mask);
  if (pes.length === 0) throw new Error(`Every PE is ${mask ? 'masked' : 'unmasked'} already.`);
  if (pes.length === 1) return pes[0].pe;
  const items = pes.map(({ pe, name, power }) => ({ label: name, description: power, pe }));
  return (await vscode.window.showQuickPick(items, { title: `SDEI: Which PE to ${mask ? 'mask' : 'unmask'}?` }))?.pe;
}

async function pickRegister(
  sdei: SdeiState,
  read: (pe: number) => Promise<readonly PseudoRegister[]>,
): Promise<RegisterSubject | undefined> {
  const pe = selectedPe(sdei.pes);
  const items = (await read(pe))
    .filter(({ writable, value }) => writable && value !== undefined)
    .map((register) => ({ label: register.name, description: register.bytes > 32 ? `${register.bytes} bytes` : register.value, register }));
  const picked = await vscode.window.showQuickPick(items, {
    title: `SDEI: Which pseudo register of PE${pe} to edit?`,
    matchOnDescription: true,
  });
  return picked && { kind: 'register', pe, register: picked.register };
}

/** @returns the value of the whole register */
async function askValue({ register, bit, field }: RegisterSubject): Promise<string | undefined> {
  if (bit !== undefined) return withBit(register, bit, !register.bits?.find((one) => one.bit === bit)?.set);
  const part = field === undefined ? undefined : register.fields?.[field];
  const bytes = part === undefined ? register.bytes : 8;
  const typed = await vscode.window.showInputBox({
    title: part === undefined ? register.name : `${register.name}: ${part.name}`,
    prompt: bytes > 8 ? `${bytes} bytes in hexadecimal, first byte first` : '0x…, 0b… or decimal',
    value: part?.value ?? register.value ?? '',
    validateInput(text) {
      const parsed = parseRegisterValue(text, bytes);
      return 'problem' in parsed ? parsed.problem : undefined;
    },
  });
  if (typed === undefined) return undefined;
  const parsed = parseRegisterValue(typed, bytes);
  if ('problem' in parsed) throw new Error(parsed.problem);
  if (field === undefined) return parsed.value;
  const whole = withField(register, field, parsed.value);
  if (whole === undefined) throw new Error(`${register.name} cannot be edited by field. Edit the whole register.`);
  return whole;
}
