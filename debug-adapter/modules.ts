import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { hexadecimal } from './errors.ts';
import type { Image, Images } from './images.ts';

/** An image as the client sees it. */
export const moduleOf = (image: Image, images: Images): Dap.Module => ({
  id: images.idOf(image),
  name: image.name,
  ...(image.kind === 'hyp-stub' ? {} : { path: image.path }),
  addressRange: `0x${image.low.toString(16)}-0x${image.high.toString(16)}`,
  symbolStatus: image.program.hasDebugInformation ? 'Symbols and lines loaded' : 'No debug information',
  ...(image.kind === 'hyp-stub' ? { version: 'part of the debugger, EL2' } : {}),
  ...(image.offset
    ? {
        version: `loaded at its link address ${image.offset < 0n ? '-' : '+'} ${hexadecimal(image.offset < 0n ? -image.offset : image.offset)}`,
      }
    : {}),
});
