/** Markdown as data: fenced blocks, generated parts, links. Paths are relative to the project's folder. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');
export const readText = (file: string): string => readFileSync(path.join(root, file), 'utf8');

export interface Block {
  readonly language: string;
  readonly text: string;
  /** 1-based line of its first line of text. */
  readonly line: number;
  /** Only white space is between this block and the one before. */
  readonly follows: boolean;
}

export function blocksOf(markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  let lastEnd = -1;
  for (let at = 0; at < lines.length; at++) {
    const language = /^```(\w+)$/.exec(lines[at])?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf('```', at + 1);
    if (end < 0) throw new Error(`the block in line ${at + 1} has no end`);
    const between = lines.slice(lastEnd + 1, at);
    blocks.push({
      language,
      text: lines.slice(at + 1, end).join('\n'),
      line: at + 2,
      follows: lastEnd >= 0 && between.every((line) => line.trim() === ''),
    });
    lastEnd = end;
    at = end;
  }
  return blocks;
}

/** The same text with another inside for the block that begins in `line`. */
export function withBlock(markdown: string, { line, text }: Block, inside: string): string {
  const lines = markdown.split('\n');
  const old = text === '' && lines[line - 1] === '```' ? 0 : text.split('\n').length;
  lines.splice(line - 1, old, inside);
  return lines.join('\n');
}

const generated = (name: string) => new RegExp(`(<!-- generated: ${name} -->\n)([\\s\\S]*?)(\n?<!-- end -->)`);

/** What stands between `<!-- generated: name -->` and `<!-- end -->`. */
export function generatedPart(markdown: string, name: string): string {
  const found = generated(name).exec(markdown);
  if (found === null) throw new Error(`there is no <!-- generated: ${name} --> … <!-- end -->`);
  return found[2].trim();
}

export const withGeneratedPart = (markdown: string, name: string, inside: string): string =>
  markdown.replace(generated(name), (_, before: string) => `${before}\n${inside}\n\n<!-- end -->`);
