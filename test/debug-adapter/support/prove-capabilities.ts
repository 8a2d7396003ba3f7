/** Runs {@link capabilityCases} against the adapter as a program, over sockets. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { capabilityCases } from './capability-cases.ts';
import { lint } from '../../../debug-adapter/dap-lint/lint.ts';
import { allCapabilities } from '../../../debug-adapter/dap-lint/schema.ts';
import { WireClient } from './wire-client.ts';

export interface Proof {
  readonly capability: string;
  /** Absent: nothing stands behind the capability. */
  readonly shows?: string;
  /** Absent: it has been shown. */
  readonly problem?: string;
}

export interface Report {
  readonly advertised: readonly string[];
  readonly proofs: readonly Proof[];
  /** Capabilities of the protocol that are not advertised. */
  readonly absent: readonly string[];
  /** Messages compared with the protocol's schema. */
  readonly messages: number;
}

const root = path.join(import.meta.dirname, '../../..');

export async function proveCapabilities(): Promise<Report> {
  const { server, port } = await startServer();
  let messages = 0;
  try {
    const advertised = await advertisedBy(await WireClient.connect(port));
    const proofs: Proof[] = [];
    for (const { capability, shows, prove } of capabilityCases) {
      const clients: WireClient[] = [];
      const connect = async () => {
        const client = await WireClient.connect(port);
        clients.push(client);
        return client;
      };
      let problem: string | undefined;
      try {
        await prove(await connect(), { connect });
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
      for (const client of clients) {
        messages += client.conversation.length;
        const findings = lint(client.conversation);
        if (findings.length > 0) problem ??= findings.map(({ rule, problem: text }) => `${rule}: ${text}`).join('; ');
        client.close();
      }
      proofs.push({ capability, shows, ...(problem === undefined ? {} : { problem }) });
    }
    const proven = new Set(proofs.map(({ capability }) => capability));
    for (const capability of advertised) if (!proven.has(capability)) proofs.push({ capability, problem: 'no case proves it' });
    return { advertised, proofs, absent: allCapabilities.filter((name) => !advertised.includes(name)), messages };
  } finally {
    server.kill();
  }
}

/** What the initialize response says, and `capabilities` events until the guest has run and stopped. */
async function advertisedBy(client: WireClient): Promise<readonly string[]> {
  const capabilities = await client.request('initialize', { adapterID: 'sdei' });
  await client.request('launch', { program: path.join(root, 'test/guests/first-event.elf') });
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'on_event' }] });
  await client.request('configurationDone');
  await client.event('stopped');
  for (const { event, body } of client.messages) if (event === 'capabilities') Object.assign(capabilities, body.capabilities);
  client.close();
  return Object.keys(capabilities).filter((name) => isAdvertised(capabilities[name]));
}

const isAdvertised = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : value === true);

async function startServer(): Promise<{ server: ChildProcess; port: number }> {
  const server = spawn(process.execPath, [path.join(root, 'debug-adapter/main.ts'), '--server=0'], { cwd: root });
  const port = await new Promise<number>((resolve, reject) => {
    let said = '';
    server.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const match = /127\.0\.0\.1:(\d+)/.exec(said);
      if (match !== null) resolve(Number(match[1]));
    });
    server.once('exit', () => reject(new Error(`the adapter has ended; it said: ${said}`)));
  });
  return { server, port };
}
