/**
 * The launch configuration's JSON schema, from debug-adapter/launch-keys.ts. Run as a program (`npm run launch-schema`) it writes package.json.
 * What only the schema says (examples, a text for each value, snippets) is kept as it stands in package.json.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type LaunchKey, launchKeys } from '../../../debug-adapter/launch-keys.ts';

export interface Schema {
  [word: string]: unknown;
  items?: Schema;
  properties?: Record<string, Schema>;
}

const ownWords = ['examples', 'enumDescriptions', 'defaultSnippets', 'required'];

/** The properties of the schema for these keys, with the own words of `present`. */
export function launchSchema(keys: readonly LaunchKey[] = launchKeys, present: Record<string, Schema> = {}): Record<string, Schema> {
  return Object.fromEntries(keys.map((key) => [key.name, property(key, present[key.name] ?? {})]));
}

function property(key: LaunchKey, present: Schema): Schema {
  const schema: Schema = { type: key.also === undefined ? key.type : [key.type, key.also], description: key.description };
  if (key.values !== undefined) schema.enum = [...key.values];
  if (key.default !== undefined) schema.default = key.default;
  if (key.minimum !== undefined) schema.minimum = key.minimum;
  if (key.maximum !== undefined) schema.maximum = key.maximum;
  for (const word of ownWords) if (present[word] !== undefined) schema[word] = present[word];
  if (key.type === 'object') {
    if (key.keys === undefined) schema.additionalProperties = { type: 'string' };
    else Object.assign(schema, { additionalProperties: false, properties: launchSchema(key.keys, present.properties) });
  }
  if (key.also === 'array') schema.items = { type: key.type };
  if (key.type === 'array') schema.items = items(key, present.items ?? {});
  return schema;
}

function items(key: LaunchKey, present: Schema): Schema {
  if (key.keys === undefined) return { type: 'string' };
  const words = Object.fromEntries(ownWords.filter((word) => present[word] !== undefined).map((word) => [word, present[word]]));
  return { type: 'object', ...words, additionalProperties: false, properties: launchSchema(key.keys, present.properties) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const file = new URL('../../../package.json', import.meta.url);
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const { launch } = manifest.contributes.debuggers[0].configurationAttributes;
  launch.properties = launchSchema(launchKeys, launch.properties);
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}
