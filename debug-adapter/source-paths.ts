import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { noSourceOfProgram, severalSources, unknownSource } from './errors.ts';
import type { Host } from './host.ts';
import type { Image } from './images.ts';
import { md5 } from './md5.ts';
import { baseName, commonTail, folderOf, isAbsolute, join, normalize, samePath } from './paths.ts';
import { isLarge, type Program } from './program/program.ts';

/** Where a recorded source is. `reference`: the client gets its text from the adapter. */
interface Place {
  readonly path: string;
  readonly reference?: number;
  /** MD5 of what was compiled. */
  readonly digest?: string;
}

export interface Recorded {
  readonly program: Program;
  readonly path: string;
}

/** Between the paths that debug information records and those the client knows. */
export interface SourcePaths {
  /** The DAP source of a recorded path. */
  sourceOf(recorded: string): Dap.Source;
  /** A client is about to open it: the guest stands there. */
  opened(recorded: string): void;
  /** Every image that has code of the client's file, with the path as that image records it. A name without a path means the one source of that name. */
  recordedFor(source: Dap.Source): readonly Recorded[];
  /** Why there is no code of it. */
  problemOf(source: Dap.Source): string;
  /** Text behind a `sourceReference`; `undefined`: no such reference. */
  textOf(reference: number): string | undefined;
  readonly all: readonly Dap.Source[];
  /** Looks for the sources of an image that has come later. @returns those that were not there before */
  add(image: Image): Promise<readonly Dap.Source[]>;
  remove(image: Image): void;
}

export async function createSourcePaths(
  initial: readonly Image[],
  options: {
    host: Host;
    sourceMap: Readonly<Record<string, string>>;
    embedded: ReadonlyMap<string, string>;
    /** A source that is shown for the first time is not the one that was compiled. */
    onEdited?: (path: string) => void;
    /** One that a client opens is not there: told of the first, since others will be missing, too. */
    onMissing?: (path: string, recorded: string) => void;
  },
): Promise<SourcePaths> {
  const places = new Map<string, Place>();
  const texts: string[] = [];
  const images: Image[] = [];
  const large: Image[] = [];
  async function add(image: Image): Promise<readonly string[]> {
    const { program, path: imagePath } = image;
    images.push(image);
    if (isLarge(program)) {
      // Nor are its sources looked for on disk one by one.
      large.push(image);
      return [];
    }
    const added = program.sources().filter((recorded) => !places.has(recorded));
    for (const recorded of added) {
      const text = options.embedded.get(recorded);
      if (text !== undefined) places.set(recorded, { path: baseName(recorded), reference: texts.push(text) });
      else {
        const digest = program.digestOf(recorded);
        const path = await findSource(recorded, folderOf(imagePath), options);
        places.set(recorded, { path, ...(digest === undefined ? {} : { digest }) });
      }
    }
    return added;
  }
  for (const image of initial) await add(image);

  const placeOf = (recorded: string): Place => {
    let place = places.get(recorded);
    if (place === undefined) {
      place = { path: large.length === 0 ? recorded : withoutLooking(recorded, folderOf(large[0].path), options.sourceMap) };
      places.set(recorded, place);
    }
    return place;
  };
  const described = (recorded: string): Dap.Source => {
    const place = placeOf(recorded);
    if (place.reference !== undefined) return { name: place.path, sourceReference: place.reference, origin: 'part of the debugger' };
    const checksums: Dap.Checksum[] = place.digest === undefined ? [] : [{ algorithm: 'MD5', checksum: place.digest }];
    return { name: baseName(place.path), path: place.path, ...(checksums.length > 0 ? { checksums } : {}) };
  };
  const compared = new Set<string>();
  async function compare({ path, digest }: Place): Promise<void> {
    if (digest === undefined || compared.has(path)) return;
    compared.add(path);
    // Whoever asked for the place gets it first.
    await new Promise((resolve) => setTimeout(resolve));
    const bytes = await options.host.readFile(path).catch(() => undefined);
    if (bytes !== undefined && md5(bytes) !== digest) options.onEdited?.(path);
  }
  const opened = new Set<string>();
  let isMissingTold = false;
  async function look(recorded: string, { path, reference }: Place): Promise<void> {
    if (isMissingTold || reference !== undefined || opened.has(path)) return;
    opened.add(path);
    await new Promise((resolve) => setTimeout(resolve));
    const isThere = await options.host.exists(path);
    if (isThere || isMissingTold) return;
    isMissingTold = true;
    options.onMissing?.(path, recorded);
  }
  const candidatesFor = (source: Dap.Source, program: Program): readonly string[] => {
    if (source.sourceReference) return isLarge(program) ? [] : program.sources();
    return source.path === undefined ? [] : namedAs(program, source.path, options.sourceMap, (to) => samePath(to, source.path ?? ''));
  };
  const recordedNamed = (name: string): readonly Recorded[] => {
    const parts = name.split(/[/\\]/).length;
    const fits = (path: string) => commonTail(name, path) === parts || commonTail(name, placeOf(path).path) === parts;
    return images.flatMap(({ program }) =>
      namedAs(program, name, options.sourceMap, (to) => commonTail(name, to) === parts)
        .filter(fits)
        .map((path) => ({ program, path })),
    );
  };
  const placesNamed = (name: string): readonly string[] => {
    const paths = recordedNamed(name).map(({ path }) => placeOf(path).path);
    return paths.filter((path, index) => paths.findIndex((other) => samePath(other, path)) === index);
  };
  return {
    sourceOf(recorded) {
      void compare(placeOf(recorded));
      return described(recorded);
    },
    opened: (recorded) => void look(recorded, placeOf(recorded)),
    recordedFor(source) {
      if (isNameOnly(source)) return placesNamed(source.name).length === 1 ? recordedNamed(source.name) : [];
      const found: Recorded[] = [];
      for (const { program } of images) {
        const candidates = candidatesFor(source, program);
        const recorded = candidates.filter((path) => isMeant(source, path, placeOf(path)));
        const best = recorded.length > 0 ? recorded : bestTail(source.path, candidates);
        for (const path of best) found.push({ program, path });
      }
      return found;
    },
    problemOf(source) {
      const named = isNameOnly(source) ? placesNamed(source.name) : [];
      if (named.length > 1) return severalSources(source.name ?? '', named);
      const name = source.path || source.name;
      return name ? noSourceOfProgram(name) : unknownSource(source.sourceReference ?? 0).message;
    },
    textOf: (reference) => texts[reference - 1],
    add: async (image) => (await add(image)).map(described),
    remove(image) {
      for (const list of [images, large]) if (list.includes(image)) list.splice(list.indexOf(image), 1);
    },
    get all() {
      for (const { program } of large) for (const recorded of program.sources()) placeOf(recorded);
      return [...places.keys()].map(described);
    },
  };
}

/** The recorded files that a path can mean: those of its name, and those that are mapped to it under another name. */
function namedAs(
  program: Program,
  path: string,
  sourceMap: Readonly<Record<string, string>>,
  isIt: (mappedTo: string) => boolean,
): readonly string[] {
  const names = new Set([path, ...Object.keys(sourceMap).filter((from) => isIt(sourceMap[from]))].map(baseName));
  return [...names].flatMap((name) => program.sourcesNamed(name));
}

const isNameOnly = (source: Dap.Source): source is Dap.Source & { name: string } =>
  !source.path && !source.sourceReference && Boolean(source.name);

function isMeant(source: Dap.Source, recorded: string, place: Place | undefined): boolean {
  if (source.sourceReference) return place?.reference === source.sourceReference;
  if (source.path === undefined) return false;
  return samePath(source.path, place?.path ?? recorded) || samePath(source.path, recorded);
}

/** A program built elsewhere: the recorded file of the same name that shares the most trailing folders. */
function bestTail(path: string | undefined, recorded: readonly string[]): readonly string[] {
  if (path === undefined) return [];
  let best = 0;
  let found: string[] = [];
  for (const candidate of recorded) {
    const tail = commonTail(path, candidate);
    if (tail > best) [best, found] = [tail, [candidate]];
    else if (tail === best && tail > 0) found.push(candidate);
  }
  return found;
}

async function findSource(
  recorded: string,
  programFolder: string,
  { host, sourceMap }: { host: Host; sourceMap: Readonly<Record<string, string>> },
): Promise<string> {
  const mapped = mappedSource(recorded, sourceMap);
  if (mapped !== undefined) return mapped;
  const asRecorded = placeAsRecorded(recorded, programFolder);
  if (await host.exists(asRecorded)) return asRecorded;
  const parts = recorded.split(/[/\\]/).filter((part) => part !== '' && part !== '.' && part !== '..');
  for (const folder of [programFolder, folderOf(programFolder)]) {
    for (let from = Math.max(0, parts.length - 4); from < parts.length; from++) {
      const candidate = join(folder, parts.slice(from).join('/'));
      if (await host.exists(candidate)) return candidate;
    }
  }
  return asRecorded;
}

const withoutLooking = (recorded: string, programFolder: string, sourceMap: Readonly<Record<string, string>>): string =>
  mappedSource(recorded, sourceMap) ?? placeAsRecorded(recorded, programFolder);

const placeAsRecorded = (recorded: string, programFolder: string): string =>
  isAbsolute(recorded) ? normalize(recorded) : join(programFolder, recorded);

function mappedSource(recorded: string, sourceMap: Readonly<Record<string, string>>): string | undefined {
  for (const [from, to] of Object.entries(sourceMap)) {
    const prefix = from.endsWith('/') ? from : `${from}/`;
    if (recorded === from) return normalize(to);
    if (recorded.startsWith(prefix)) return join(to, recorded.slice(prefix.length));
  }
  return undefined;
}
