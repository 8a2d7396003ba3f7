/** A message beside the protocol's own schema, `debugAdapterProtocol.json` of microsoft/debug-adapter-protocol (1.71). */
import { Ajv, type ValidateFunction } from 'ajv';
import protocol from './debugAdapterProtocol.json' with { type: 'json' };

interface Definition {
  readonly $ref?: string;
  readonly allOf?: readonly Definition[];
  readonly properties?: Readonly<Record<string, Definition>>;
  readonly additionalProperties?: unknown;
  readonly items?: Definition;
  readonly type?: string | readonly string[];
  readonly description?: string;
}

const { $schema: _, ...schema } = protocol;
// The alternatives of a restart's arguments are both open: whatever is one of them is the other as well, which is what `oneOf` forbids.
const { arguments: restarted } = schema.definitions.RestartArguments.properties;
const { oneOf: alternatives, ...described } = restarted;
Object.assign(schema.definitions.RestartArguments.properties, { arguments: { anyOf: alternatives, ...described } });
const definitions = schema.definitions as unknown as Readonly<Record<string, Definition>>;
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema({ ...schema, $id: 'dap' });
const compiled = new Map<string, ValidateFunction>();

/** Names of all capabilities of the protocol. */
export const allCapabilities: readonly string[] = Object.keys(definitions.Capabilities.properties ?? {});

/** What a request must not be made without, by its command; as the schema says in words. */
export const capabilityOf: ReadonlyMap<string, string> = new Map(
  Object.entries(definitions).flatMap(([name, definition]) => {
    if (!name.endsWith('Request')) return [];
    const words = flattened(definition).map(({ description = '' }) => description);
    const found = words.map((text) => /only call this request if the corresponding capability `(\w+)` is true/.exec(text)?.[1]);
    const capability = found.find((one) => one !== undefined);
    return capability === undefined ? [] : [[`${name[0].toLowerCase()}${name.slice(1, -'Request'.length)}`, capability]];
  }),
);

export interface AnyMessage {
  readonly type: string;
  readonly command?: string;
  readonly event?: string;
  readonly success?: boolean;
  readonly [key: string]: unknown;
}

export interface MessageProblem {
  readonly rule: 'schema' | 'unknown-field' | 'integer-range';
  readonly problem: string;
}

/** What is wrong with a message, nothing if it is as the protocol says. Messages of an adapter's own (`sdei/…`) need only the frame of a message. */
export function checkMessage(message: AnyMessage): readonly MessageProblem[] {
  const name = definitionOf(message);
  if (name === undefined) return [{ rule: 'schema', problem: `there are no messages of type ${JSON.stringify(message.type)}` }];
  const validate = compiled.get(name) ?? ajv.compile({ $ref: `dap#/definitions/${name}` });
  compiled.set(name, validate);
  const wrong = validate(message) ? [] : (validate.errors ?? []);
  const broken = wrong.map(
    ({ instancePath, keyword, message: text }): MessageProblem => ({
      rule: keyword === 'minimum' || keyword === 'maximum' ? 'integer-range' : 'schema',
      problem: `${name}${instancePath} ${text}`,
    }),
  );
  const all = fields({ $ref: `#/definitions/${name}` }, message, name);
  const isOurs = String(message.command ?? message.event ?? '').includes('/');
  const unknown = isOurs || open.has(name) ? [] : all.filter(({ known }) => known === undefined);
  return [
    ...broken,
    ...all.flatMap(rangeProblem),
    ...unknown.map(({ path }): MessageProblem => ({ rule: 'unknown-field', problem: `${path} is not a key of the protocol` })),
  ];
}

/** Their arguments are the adapter's own. */
const open: ReadonlySet<string> = new Set(['LaunchRequest', 'AttachRequest', 'RestartRequest']);

function definitionOf({ type, command, event, success }: AnyMessage): string | undefined {
  if (type === 'response' && success === false) return 'ErrorResponse';
  const base = { request: 'Request', response: 'Response', event: 'Event' }[type];
  if (base === undefined) return undefined;
  const word = String((type === 'event' ? event : command) ?? '');
  const name = `${word[0]?.toUpperCase() ?? ''}${word.slice(1)}${base}`;
  return name in definitions ? name : base;
}

interface Field {
  readonly path: string;
  readonly value: unknown;
  /** Absent: the protocol does not know it. The schema lets such keys pass, a client ignores them: they are a slip. */
  readonly known: Definition | undefined;
}

/** All fields of a value, those of its parts too. */
function fields(definition: Definition, value: unknown, path: string): Field[] {
  if (typeof value !== 'object' || value === null) return [];
  const parts = flattened(definition);
  if (Array.isArray(value)) {
    const items = parts.find((part) => part.items !== undefined)?.items;
    return items === undefined ? [] : value.flatMap((item, index) => fields(items, item, `${path}[${index}]`));
  }
  const properties: Record<string, Definition> = Object.assign({}, ...parts.map((part) => part.properties ?? {}));
  const isOpen = Object.keys(properties).length === 0 || parts.some((part) => part.additionalProperties !== undefined);
  return Object.entries(value).flatMap(([key, inner]) => {
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (known === undefined && isOpen) return [];
    const own = { path: `${path}.${key}`, value: inner, known };
    return known === undefined ? [own] : [own, ...fields(known, inner, own.path)];
  });
}

const LARGEST = 2 ** 31 - 1;

/** What the schema says of numbers in words only. */
function rangeProblem({ path, value, known }: Field): MessageProblem[] {
  if (known === undefined || typeof value !== 'number' || (value >= 0 && value <= LARGEST)) return [];
  const isReference = flattened(known).some(({ description = '' }) => description.includes('2^31'));
  return isReference ? [{ rule: 'integer-range', problem: `${path} is ${value}, expected 0 to ${LARGEST}` }] : [];
}

function flattened(definition: Definition): Definition[] {
  const referred = definition.$ref === undefined ? [] : flattened(definitions[definition.$ref.replace('#/definitions/', '')]);
  return [definition, ...referred, ...(definition.allOf ?? []).flatMap(flattened)];
}
