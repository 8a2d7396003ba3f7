/** Messages checked against the protocol's own schema, `debugAdapterProtocol.json` of microsoft/debug-adapter-protocol (1.71). */
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';

interface Definition {
  readonly $ref?: string;
  readonly allOf?: readonly Definition[];
  readonly properties?: Readonly<Record<string, Definition>>;
  readonly additionalProperties?: unknown;
  readonly items?: Definition;
  readonly type?: string | readonly string[];
}

const file = new URL('./debugAdapterProtocol.json', import.meta.url);
const { $schema: _, ...schema } = JSON.parse(readFileSync(file, 'utf8')) as { $schema: string; definitions: Record<string, Definition> };
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema({ ...schema, $id: 'dap' });
const compiled = new Map<string, ValidateFunction>();

/** Names of all capabilities of the protocol. */
export const allCapabilities: readonly string[] = Object.keys(schema.definitions.Capabilities.properties ?? {});

export interface AnyMessage {
  readonly type: string;
  readonly command?: string;
  readonly event?: string;
  readonly success?: boolean;
  readonly [key: string]: unknown;
}

/** What is wrong with a message, nothing if it is as the protocol says. Messages of our own (`sdei/…`) need only the frame of a message. */
export function problemsOf(message: AnyMessage): string[] {
  const name = definitionOf(message);
  const validate = compiled.get(name) ?? ajv.compile({ $ref: `dap#/definitions/${name}` });
  compiled.set(name, validate);
  const wrong = validate(message) ? [] : (validate.errors ?? []).map(({ instancePath, message: text }) => `${name}${instancePath} ${text}`);
  const isOurs = (message.command ?? message.event ?? '').includes('/');
  return isOurs || open.has(name) ? wrong : [...wrong, ...unknownKeys({ $ref: `#/definitions/${name}` }, message, name)];
}

/** Their arguments are the adapter's own. */
const open: ReadonlySet<string> = new Set(['LaunchRequest', 'AttachRequest', 'RestartRequest']);

function definitionOf({ type, command = '', event = '', success }: AnyMessage): string {
  if (type === 'response' && success === false) return 'ErrorResponse';
  const base = { request: 'Request', response: 'Response', event: 'Event' }[type];
  if (base === undefined) throw new Error(`there are no messages of type ${type}`);
  const word = type === 'event' ? event : command;
  const name = `${word[0]?.toUpperCase() ?? ''}${word.slice(1)}${base}`;
  return name in schema.definitions ? name : base;
}

/** Keys that the protocol does not know: the schema lets them pass, a client ignores them, and they are a slip of ours. */
function unknownKeys(definition: Definition, value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const parts = flattened(definition);
  if (Array.isArray(value)) {
    const items = parts.find((part) => part.items !== undefined)?.items;
    return items === undefined ? [] : value.flatMap((item, index) => unknownKeys(items, item, `${path}[${index}]`));
  }
  const properties: Record<string, Definition> = Object.assign({}, ...parts.map((part) => part.properties ?? {}));
  const isOpen = Object.keys(properties).length === 0 || parts.some((part) => part.additionalProperties !== undefined);
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key in properties) return unknownKeys(properties[key], inner, `${path}.${key}`);
    return isOpen ? [] : [`${path}.${key} is not a key of the protocol`];
  });
}

function flattened(definition: Definition): Definition[] {
  const referred = definition.$ref === undefined ? [] : flattened(schema.definitions[definition.$ref.replace('#/definitions/', '')]);
  return [definition, ...referred, ...(definition.allOf ?? []).flatMap(flattened)];
}
