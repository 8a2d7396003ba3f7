import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { hexadecimal, unknownSource, unreadableSource } from '../errors.ts';
import { request } from './request.ts';

export const source = request('source', {
  needs: 'launched',
  arguments: { 'source?': { 'path?': 'string', 'sourceReference?': 'count' }, 'sourceReference?': 'count' },
  async run(session, args) {
    const reference = args.source?.sourceReference || args.sourceReference || 0;
    const path = args.source?.path;
    const text = session.theGuest().sources.textOf(reference);
    if (text !== undefined) return { content: text, mimeType: 'text/x-asm' };
    if (reference !== 0 || path === undefined) throw unknownSource(reference);
    try {
      return { content: new TextDecoder().decode(await session.host.readFile(path)) };
    } catch (error) {
      throw unreadableSource(path, error instanceof Error ? error.message : String(error));
    }
  },
});

export const loadedSources = request('loadedSources', {
  capabilities: { supportsLoadedSourcesRequest: true, supportedChecksumAlgorithms: ['MD5'] },
  needs: 'launched',
  run: (session) => ({ sources: [...session.theGuest().sources.all] }),
});

export const modules = request('modules', {
  capabilities: { supportsModulesRequest: true },
  needs: 'launched',
  arguments: { 'startModule?': 'count', 'moduleCount?': 'count' },
  run(session, { startModule = 0, moduleCount = 0 }) {
    const { images } = session.theGuest();
    const all = images.all.map(
      (image, index): Dap.Module => ({
        id: index + 1,
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
      }),
    );
    return { modules: all.slice(startModule, moduleCount === 0 ? undefined : startModule + moduleCount), totalModules: all.length };
  },
});
