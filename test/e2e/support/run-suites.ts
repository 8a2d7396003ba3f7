import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';

/** Runs mocha suites inside the extension host. @throws Error if a test fails */
export async function runSuites(suites: readonly (() => Promise<unknown>)[]): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', color: false, timeout: 30_000, forbidOnly: true, forbidPending: true });
  mocha.suite.emit('pre-require', globalThis, 'suites', mocha);
  for (const load of suites) await load();
  await new Promise<void>((resolve, reject) => {
    const runner = mocha.run((failed) => {
      const { passes = 0, failures = failed } = runner.stats ?? {};
      const results = path.join(__dirname, '..', 'test-results');
      mkdirSync(results, { recursive: true });
      writeFileSync(path.join(results, 'extension.json'), JSON.stringify({ passed: passes, failed: failures }));
      if (failed === 0) resolve();
      else reject(new Error(`${failed} tests failed.`));
    });
  });
}
