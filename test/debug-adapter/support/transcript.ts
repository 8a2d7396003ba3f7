/**
 * Recorded conversations. A transcript is text: `#` comments, `->` what the client sends, `<-` what came back. The handshake
 * (`initialize`, and `launch` after it) is played for the first line; ids of frames, variables and breakpoints are named in order of appearance
 * (`<frame 1>`), so that the client's lines can use them; `${guests}` stands for test/guests.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { problemsOf } from './protocol-schema.ts';
import { guests, type Message, SessionClient } from './session-client.ts';

/** Requests after which the guest runs: the transcript goes on when it has stopped. */
const resuming = new Set(['configurationDone', 'continue', 'next', 'stepIn', 'stepOut', 'pause', 'restart']);

/** Keys whose numbers are names, and what they name. */
const naming: Readonly<Record<string, string>> = {
  frameId: 'frame',
  variablesReference: 'ref',
  hitBreakpointIds: 'breakpoint',
  breakpointId: 'breakpoint',
};

class Names {
  private readonly byName = new Map<string, number>();
  private readonly byId = new Map<string, string>();
  nameOf(sort: string, id: number): string {
    const key = `${sort} ${id}`;
    let name = this.byId.get(key);
    if (name === undefined) {
      const count = [...this.byId.keys()].filter((other) => other.startsWith(`${sort} `)).length;
      name = `<${sort} ${count + 1}>`;
      this.byId.set(key, name);
      this.byName.set(name, id);
    }
    return name;
  }
  idOf(name: string): number {
    const id = this.byName.get(name);
    if (id === undefined) throw new Error(`the transcript uses ${name} before it appears`);
    return id;
  }
}

/** Plays the client's lines. @returns the whole transcript as it is now */
export async function play(text: string): Promise<string> {
  const client = new SessionClient();
  const names = new Names();
  const out: string[] = [];
  let shown = 0;
  try {
    for (const line of text.split('\n')) {
      if (line.startsWith('<-')) continue;
      if (!line.startsWith('->')) {
        if (line !== '' || out.at(-1) !== '') out.push(line);
        continue;
      }
      out.push(line);
      const [, command, json] = /^-> (\S+) ?(.*)$/.exec(line) ?? [];
      const args = JSON.parse(
        (json || '{}').replaceAll('${guests}', guests).replaceAll(/"(<\w+ \d+>)"/g, (_, name) => String(names.idOf(name))),
      );
      if (command === 'launch') {
        await client.ask('initialize', { adapterID: 'sdei', linesStartAt1: true, columnsStartAt1: true });
        shown = client.messages.length;
      }
      client.problems.push(...problemsOf({ seq: 1, type: 'request', command, ...(json === '' ? {} : { arguments: args }) }));
      const response = await client.ask(command, args);
      out.push(responseLine(response, names));
      if (resuming.has(command) && response.success && !(command === 'configurationDone' && args.wait === false)) await client.stop();
      await client.session.settled();
      out.push(...eventLines(client.messages.slice(shown), names));
      shown = client.messages.length;
    }
    assert.deepEqual(client.problems, [], 'messages are not as the protocol says');
  } finally {
    await client.end();
  }
  return out.join('\n');
}

function responseLine({ success, message, body }: Message, names: Names): string {
  if (!success) return `<- error ${JSON.stringify(message?.replaceAll(guests, '${guests}'))}`;
  return `<- ${JSON.stringify(readable(body ?? {}, names, ''))}`;
}

function eventLines(messages: readonly Message[], names: Names): string[] {
  const lines: string[] = [];
  const outputs = new Map<string, string>();
  for (const { type, event, body } of messages) {
    if (type !== 'event' || event === undefined || event === 'sdei/console' || event === 'initialized') continue;
    if (event === 'output') {
      const { category, output } = body as { category: string; output: string };
      outputs.set(category, (outputs.get(category) ?? '') + output);
    } else lines.push(`<- ${event}${body === undefined ? '' : ` ${JSON.stringify(readable(body, names, event))}`}`);
  }
  const printed = [...outputs].sort().map(([category, output]) => `<- output ${JSON.stringify({ category, output })}`);
  return [...printed, ...lines];
}

function readable(value: unknown, names: Names, key: string): unknown {
  if (typeof value === 'number') {
    const sort = naming[key];
    return sort === undefined || value === 0 ? value : names.nameOf(sort, value);
  }
  if (typeof value === 'string') return value.replaceAll(guests, '${guests}');
  if (Array.isArray(value)) return value.map((item) => readable(item, names, key));
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Record<string, unknown>;
  if (key === 'source') return fields.name ?? fields.path ?? fields;
  if (key === 'stackFrames') {
    const name = names.nameOf('frame', fields.id as number);
    const source = fields.source as { name?: string } | undefined;
    return `${name} ${fields.name}${source === undefined ? '' : ` ${source.name}:${fields.line}`}`;
  }
  if (key === 'variables' || key === 'scopes') {
    const reference = fields.variablesReference ? ` ${names.nameOf('ref', fields.variablesReference as number)}` : '';
    return key === 'scopes' ? `${fields.name}${reference}` : `${fields.name} = ${fields.value}${reference}`;
  }
  if (key === 'instructions') return `${fields.address} ${fields.instruction}${fields.line === undefined ? '' : ` ; line ${fields.line}`}`;
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => !(name === 'source' && (key === 'breakpoints' || key === 'breakpoint')))
      .map(([name, item]) => [
        name,
        name === 'id' && (key === 'breakpoints' || key === 'breakpoint')
          ? names.nameOf('breakpoint', item as number)
          : readable(item, names, name),
      ]),
  );
}

/** Compares a file with how the conversation goes now; rewrites it instead when UPDATE_TRANSCRIPTS is set. */
export async function checkTranscript(
  file: string,
  assertEqual: (actual: readonly string[], expected: readonly string[]) => void,
): Promise<void> {
  const expected = readFileSync(file, 'utf8');
  const actual = await play(expected);
  if (process.env.UPDATE_TRANSCRIPTS) writeFileSync(file, actual);
  else assertEqual(actual.split('\n'), expected.split('\n'));
}
