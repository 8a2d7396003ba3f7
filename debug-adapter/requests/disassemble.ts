import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { createCallNotes } from '../disassembly/call-notes.ts';
import { tooManyInstructions } from '../errors.ts';
import { handlerNotes } from '../disassembly/handler-notes.ts';
import type { Guest } from '../session/guest.ts';
import { addressFrom } from './address.ts';
import { request } from './request.ts';

const mostInstructions = 20_000;

export const disassemble = request('disassemble', {
  capabilities: { supportsDisassembleRequest: true },
  arguments: {
    memoryReference: 'string',
    'offset?': 'integer',
    'instructionOffset?': 'integer',
    instructionCount: 'count',
    'resolveSymbols?': 'boolean',
  },
  async run(session, { memoryReference, offset, instructionOffset = 0, instructionCount, resolveSymbols = true }) {
    const guest = session.theGuest();
    if (instructionCount > mostInstructions) throw tooManyInstructions(instructionCount, mostInstructions);
    const pe = session.lastStop?.pe ?? 0;
    const first = (addressFrom('memoryReference', memoryReference, offset) & ~3n) + BigInt(instructionOffset) * 4n;
    const addresses = Array.from({ length: instructionCount }, (_, index) => BigInt.asUintN(64, first + BigInt(index * 4)));
    const words = addresses.map((address) => wordAt(guest, pe, address));
    await session.disassembler.begin();
    // Meanwhile, the first time, Capstone is compiled.
    const disassembling = session.disassembler.disassemble(
      first,
      words.map((word) => word ?? 0),
    );
    const locations = addresses.map((address, index) => (words[index] === undefined ? undefined : guest.images.sourceAt(address)));
    const symbols = addresses.map((address) => (resolveSymbols ? guest.images.symbolAt(address) : undefined));
    const handlerNoteAt = handlerNotes(guest.target.sdei.events, guest.launch.machine.client);
    const texts = await disassembling;

    const instructions: Dap.DisassembledInstruction[] = [];
    let line: string | undefined;
    const callNotes = createCallNotes();
    const { pc } = guest.target.pes[pe];
    for (const [index, address] of addresses.entries()) {
      const word = words[index];
      const instruction = disassembled(address, word, resolveSymbols ? withSymbols(texts[index], guest) : texts[index], symbols[index]);
      if (instruction.symbol !== undefined || word === undefined) callNotes.forget();
      const x0 = callNotes.next(instruction.instruction, address === pc ? guest.target.readRegister(pe, 'x0') : undefined);
      const call = x0 === undefined ? undefined : guest.target.callName(pe, x0);
      for (const note of resolveSymbols ? [call, handlerNoteAt(address)] : [])
        if (note !== undefined) instruction.instruction += ` ; ${note}`;
      const location = locations[index];
      const key = location === undefined ? undefined : `${location.path}:${location.line}`;
      if (location !== undefined && key !== line) {
        instruction.location = guest.sources.sourceOf(location.path);
        instruction.line = location.line - (session.client.linesStartAt1 === false ? 1 : 0);
      }
      line = key;
      instructions.push(instruction);
    }
    return { instructions };
  },
});

/** `undefined`: there is no memory. */
function wordAt({ target }: Guest, pe: number, address: bigint): number | undefined {
  const bytes = target.readMemory(address, 4, { kind: 'virtual', pe });
  return bytes.length < 4 ? undefined : new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

function disassembled(
  address: bigint,
  word: number | undefined,
  text: string,
  symbol: { readonly name: string; readonly offset: bigint } | undefined,
): Dap.DisassembledInstruction {
  const reference = `0x${address.toString(16).padStart(16, '0')}`;
  if (word === undefined) return { address: reference, instruction: 'no memory', presentationHint: 'invalid' };
  return {
    address: reference,
    instructionBytes: word.toString(16).padStart(8, '0'),
    instruction: text,
    ...(symbol?.offset === 0n ? { symbol: symbol.name } : {}),
  };
}

/** Names what a branch or literal leads to. */
function withSymbols(text: string, guest: Guest): string {
  const match = /^(?:b|bl|b\.\w+|cbn?z|tbn?z|adrp?|ldr)\t.*#0x([0-9a-f]+)$/.exec(text);
  if (match === null) return text;
  const symbol = guest.images.describe(BigInt(`0x${match[1]}`));
  return symbol.startsWith('0x') ? text : `${text} <${symbol}>`;
}
