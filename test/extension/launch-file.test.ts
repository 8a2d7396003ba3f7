import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launchesOf, withVariables } from '../../extension/launch-file.ts';

const folder = { name: 'linux', path: '/home/me/linux' };
const place = {
  folder,
  folders: [folder, { name: 'tools', path: '/opt/tools' }],
  userHome: '/home/me',
  pathSeparator: '/',
  environment: (name: string) => ({ OUT: '/out' })[name],
  setting: (name: string) => ({ 'build.folder': 'arm64', 'build.jobs': 4, build: { folder: 'arm64' } })[name],
};

test('variables are replaced as VS Code does it', () => {
  const rows: readonly (readonly [written: string, meant: string | undefined])[] = [
    ['/plain', '/plain'],
    ['${workspaceFolder}/Image', '/home/me/linux/Image'],
    ['${workspaceRoot}/Image', '/home/me/linux/Image'],
    ['${workspaceFolder:tools}${/}Image', '/opt/tools/Image'],
    ['${workspaceFolder:nowhere}/Image', undefined],
    ['${workspaceFolderBasename}', 'linux'],
    ['${workspaceFolderBasename:tools}', 'tools'],
    ['${userHome}${pathSeparator}Image', '/home/me/Image'],
    ['${env:OUT}/${env:NOT_SET}Image', '/out/Image'],
    ['${config:build.folder}/${config:build.jobs}', 'arm64/4'],
    ['${config:build}', undefined],
    ['${config:nothing}', undefined],
    ['${command:pickProgram}', undefined],
    ['${input:kernel}', undefined],
    ['${file}', undefined],
    ['${relativeFile}', undefined],
    ['${env}', undefined],
    ['${}', undefined],
    ['$ {x} ${unclosed', '$ {x} ${unclosed'],
  ];
  for (const [written, meant] of rows) {
    assert.equal(withVariables(written, place), meant, written);
    const whole = { symbols: [written], sourceMap: { '/build': written }, cpus: 2 };
    assert.deepEqual(withVariables(whole, place), meant && { symbols: [meant], sourceMap: { '/build': meant }, cpus: 2 });
  }
});

test('configurations of other types, and those that ask somebody, are left out; what is not of the guest may ask', () => {
  const launch = { type: 'sdei', request: 'launch', name: 'Linux', kernel: '${workspaceFolder}/Image' };
  const meant = { ...launch, kernel: '/home/me/linux/Image' };
  const written = [
    { ...launch, preLaunchTask: '${input:task}', postDebugTask: '${command:x}', presentation: { group: '${input:x}' } },
    { ...launch, type: 'node' },
    { ...launch, request: 'attach' },
    { ...launch, bootArguments: '${input:arguments}' },
    null,
    'text',
    { ...launch, kernel: '${command:x}', linux: { kernel: '/Image' }, windows: { kernel: 'C:\\Image' } },
  ];
  assert.deepEqual(launchesOf(written, 'sdei', { ...place, platform: 'linux' }), [meant, { ...launch, kernel: '/Image' }]);
  assert.deepEqual(launchesOf(written, 'sdei', { ...place, platform: 'osx' }), [meant]);
  for (const none of [undefined, {}, 'text', null]) assert.deepEqual(launchesOf(none, 'sdei', { ...place, platform: 'linux' }), []);
});
