/** What is typed when which text has appeared on the console, in this order. */
export interface Turn {
  readonly after: string;
  readonly type: string;
}

export const prompt = '# ';

export const shellSession: readonly Turn[] = [
  { after: prompt, type: 'echo typed-$((40 + 2))\n' },
  { after: `typed-42\r\n`, type: 'cat /proc/interrupts\n' },
  { after: prompt, type: 'exit\n' },
];

/** Follows a console. @returns what to type now, after this output */
export function createTypist(turns: readonly Turn[]): (output: string) => string {
  let unseen = '';
  let next = 0;
  return (output) => {
    unseen += output;
    let typed = '';
    for (; next < turns.length; next++) {
      const at = unseen.indexOf(turns[next].after);
      if (at < 0) break;
      unseen = unseen.slice(at + turns[next].after.length);
      typed += turns[next].type;
    }
    return typed;
  };
}

export interface Machine {
  readonly name: string;
  readonly cpus: number;
  readonly client: 'EL1' | 'EL2';
}

export interface Boot {
  readonly kernel: string;
  readonly initrd: string;
  readonly bootArguments: string;
}

export interface BootResult {
  readonly console: string;
  readonly seconds: number;
  /** Of the processor, on all its cores. */
  readonly processorSeconds: number;
  /** Until init's first words. */
  readonly secondsToInit: number | undefined;
  readonly instructions?: number;
  /** Why it ended. */
  readonly stop: string;
}

export const INIT_SAYS = 'init runs on ';
export const MEMORY = '256M';
