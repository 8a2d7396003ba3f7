import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('the extension in a real VS Code', () => {
  it('is there, with its manifest', () => {
    const extension = vscode.extensions.getExtension('sdei-guest-debugger.sdei-guest-debugger');
    assert.ok(extension);
  });
  it('activates', async () => {
    const extension = vscode.extensions.getExtension('sdei-guest-debugger.sdei-guest-debugger');
    const api = await extension?.activate();
    assert.equal(api.state.status, 'none');
    console.log('VS Code', vscode.version, 'node', process.version, vscode.env.appHost);
  });
});
