import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { createCallNotes } from '../disassembly/call-notes.ts';
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
    const pe = session.lastStop?.pe ?? 0;
    const first = (addressFrom('memoryReference', memoryReference, offset) & ~3n) + BigInt(instructionOffset) * 4n;
    const addresses = Array.from({ length: Math.min(instructionCount, mostInstructions) }, (_, index) =>
      BigInt.asUintN(64, first + BigInt(index * 4)),
    );
    const instructions: Dap.DisassembledInstruction[] = [];
    let line: string | undefined;
    const notes = createCallNotes();
    const { pc } = guest.target.pes[pe];
    const words = addresses.map((address) => wordAt(guest, pe, address));
    const texts = await session.disassembler.disassemble(
      first,
      words.map((word) => word ?? 0),
    );
    for (const [index, address] of addresses.entries()) {
      const word = words[index];
      const instruction = disassembled(guest, address, word, texts[index], resolveSymbols);
      if (instruction.symbol !== undefined || word === undefined) notes.forget();
      const x0 = notes.next(instruction.instruction, address === pc ? guest.target.readRegister(pe, 'x0') : undefined);
      const call = x0 === undefined || !resolveSymbols ? undefined : guest.target.callName(pe, x0);
      if (call !== undefined) instruction.instruction += ` ; ${call}`;
      const location = word === undefined ? undefined : guest.images.sourceAt(address);
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
  guest: Guest,
  address: bigint,
  word: number | undefined,
  text: string,
  resolveSymbols: boolean,
): Dap.DisassembledInstruction {
  const reference = `0x${address.toString(16).padStart(16, '0')}`;
  if (word === undefined) return { address: reference, instruction: 'no memory', presentationHint: 'invalid' };
  const symbol = resolveSymbols ? guest.images.symbolAt(address) : undefined;
  return {
    address: reference,
    instructionBytes: word.toString(16).padStart(8, '0'),
    instruction: resolveSymbols ? withSymbols(text, guest) : text,
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
