import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folders = ['bench', 'emulator/hyp-stub', 'test/guests', 'test/guests/common'];
const notSources = new Set(['run.mjs', 'qemu.mjs', 'checkpoints.mjs', 'source-digests.mjs']);

/**
 * What the committed programs depend on: path → SHA-256 of the text. Compared with built-from.json, it tells without a compiler whether a
 * source was changed and the programs were not rebuilt.
 * @param {string} root folder of the project
 * @returns {Record<string, string>}
 */
export function sourceDigests(root) {
  const digests = {};
  for (const folder of folders) {
    for (const name of readdirSync(join(root, folder)).sort()) {
      if (!/\.(c|h|S|ld|mjs)$/.test(name) || notSources.has(name)) continue;
      const text = readFileSync(join(root, folder, name), 'utf8').replaceAll('\r\n', '\n');
      digests[`${folder}/${name}`] = createHash('sha256').update(text).digest('hex');
    }
  }
  return digests;
}
