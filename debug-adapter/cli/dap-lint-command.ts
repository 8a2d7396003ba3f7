/** `sdei-debug dap-lint`: whether recorded conversations are the Debug Adapter Protocol's. */
import { readFile } from 'node:fs/promises';
import type { Finding, Rule } from '../dap-lint/lint.ts';
import { helpOf, type Option, parseOptions, UsageError } from './options.ts';
import type { Streams } from './streams.ts';

const options: readonly Option[] = [
  { name: 'json', description: 'Print one JSON document.' },
  { name: 'help', description: 'Show this.' },
];

const help = (rules: Readonly<Record<Rule, string>>) => `sdei-debug dap-lint FILE.jsonl ... [options]

Checks conversations of the Debug Adapter Protocol, of any adapter and client: a message of either side per line, in the order they came, as
\`debug-adapter.js --log=FILE.jsonl\` writes them.

${Object.entries(rules)
  .map(([rule, text]) => `  ${rule.padEnd(17)} ${text}`)
  .join('\n')}

Exit status: 0 nothing is found; 1 something is; 2 wrong usage or input.

${helpOf(options)}
`;

/** @returns the exit status. @throws UsageError for status 2 */
export async function dapLint(args: readonly string[], streams: Streams): Promise<number> {
  const { words, options: given } = parseOptions('dap-lint', args, options);
  // The schema is large: other commands do not read it.
  const { lint, rules } = await import('../dap-lint/lint.ts');
  if (given.has('help')) {
    streams.out(help(rules));
    return 0;
  }
  if (words.length === 0) throw new UsageError('dap-lint needs a file: sdei-debug dap-lint FILE.jsonl.');
  const isText = !given.has('json');
  const all: (Checked | Unread)[] = [];
  for (const file of words) {
    const read = await readConversation(file);
    if ('problem' in read) {
      all.push({ file, ...read });
      streams.say(`sdei-debug: ${read.problem}\n`);
      continue;
    }
    const { messages, lines } = read;
    const findings = lint(messages).map(({ index, ...finding }) => ({ line: lines[index], ...finding }));
    all.push({ file, messages: messages.length, findings });
    if (!isText) continue;
    for (const { line, rule, problem } of findings) streams.out(`${file}:${line}: ${rule}: ${problem}\n`);
    streams.out(`${file}: ${messages.length} messages, ${findings.length} findings\n`);
  }
  if (!isText) streams.out(`${JSON.stringify(all)}\n`);
  if (all.some((one) => 'problem' in one)) return 2;
  return all.every((one) => 'findings' in one && one.findings.length === 0) ? 0 : 1;
}

/** What `--json` says of a file. */
interface Checked {
  readonly file: string;
  readonly messages: number;
  readonly findings: readonly (Omit<Finding, 'index'> & { line: number })[];
}
/** One that is no conversation does not keep the others from being checked. */
interface Unread {
  readonly file: string;
  readonly problem: string;
}
interface Conversation {
  readonly messages: readonly unknown[];
  /** Of each message, from 1. */
  readonly lines: readonly number[];
}

async function readConversation(file: string): Promise<Conversation | { readonly problem: string }> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return { problem: `Cannot read "${file}": ${error instanceof Error ? error.message : String(error)}.` };
  }
  const messages: unknown[] = [];
  const lines: number[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      messages.push(JSON.parse(line));
    } catch (error) {
      return { problem: `"${file}" has no JSON message in line ${index + 1} (${(error as Error).message}). Write a message per line.` };
    }
    lines.push(index + 1);
  }
  if (messages.length === 0) return { problem: `"${file}" has no message. Write one per line, as debug-adapter.js --log=FILE does.` };
  return { messages, lines };
}
