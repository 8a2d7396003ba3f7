import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Guest, Session } from '../session.ts';
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
    for (const address of addresses) {
      const bytes = guest.target.readMemory(address, 4, { kind: 'virtual', pe });
      const instruction = await disassembled(session, guest, address, bytes, resolveSymbols);
      const location = bytes.length < 4 ? undefined : guest.images.sourceAt(address);
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

async function disassembled(
  session: Session,
  guest: Guest,
  address: bigint,
  bytes: Uint8Array,
  resolveSymbols: boolean,
): Promise<Dap.DisassembledInstruction> {
  const reference = `0x${address.toString(16).padStart(16, '0')}`;
  if (bytes.length < 4) return { address: reference, instruction: 'no memory', presentationHint: 'invalid' };
  const word = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const [text] = await session.disassembler.disassemble(address, [word]);
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
