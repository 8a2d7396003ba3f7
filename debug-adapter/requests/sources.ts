import { sourceNotNamed, unknownSource, unreadableSource } from '../errors.ts';
import { moduleOf } from '../modules.ts';
import { request } from './request.ts';

export const source = request('source', {
  needs: 'launched',
  arguments: { 'source?': { 'path?': 'string', 'sourceReference?': 'reference' }, 'sourceReference?': 'reference' },
  async run(session, args) {
    const reference = args.source?.sourceReference || args.sourceReference || 0;
    const path = args.source?.path;
    const text = session.theGuest().sources.textOf(reference);
    if (text !== undefined) return { content: text, mimeType: 'text/x-asm' };
    if (reference !== 0) throw unknownSource(reference);
    if (!path) throw sourceNotNamed('source');
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
    const all = images.all.map((image) => moduleOf(image, images));
    return { modules: all.slice(startModule, moduleCount === 0 ? undefined : startModule + moduleCount), totalModules: all.length };
  },
});
