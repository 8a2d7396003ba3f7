/** package.json offers exactly the keys that the adapter takes, with the same types, values and defaults. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type LaunchKey, launchKeys } from '../../debug-adapter/launch-keys.ts';
import { root } from './support/session-client.ts';

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const { launch } = manifest.contributes.debuggers[0].configurationAttributes as { launch: { properties: Record<string, Schema> } };

function compare(keys: readonly LaunchKey[], properties: Readonly<Record<string, Schema>>, where: string): void {
  assert.deepEqual(Object.keys(properties).sort(), keys.map(({ name }) => name).sort(), where);
  for (const key of keys) {
    const schema = properties[key.name];
    const at = `${where}${key.name}`;
    assert.deepEqual([schema.type].flat().sort(), [key.type, ...(key.also === undefined ? [] : [key.also])].sort(), at);
    assert.deepEqual([schema.enum, schema.minimum, schema.maximum], [key.values, key.minimum, key.maximum], at);
    assert.deepEqual(schema.default, key.default, at);
    if (key.keys !== undefined) compare(key.keys, (key.type === 'array' ? schema.items?.properties : schema.properties) ?? {}, `${at}.`);
  }
}

test("launch.json's schema", () => compare(launchKeys, launch.properties, ''));
