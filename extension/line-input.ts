export interface LineReader {
  /** A line with its line feed, or what is there of it (Ctrl-D). */
  line(text: string): void;
  /** Ctrl-D at the beginning of a line. */
  end(): void;
  /** What the terminal shows of it. */
  echo(text: string): void;
}

const ENTER = /^\r\n?$|^\n$/;
const [CTRL_D, CTRL_U, ESCAPE] = ['\x04', '\x15', '\x1b'];
const backspaces = ['\b', '\x7f'];
/** A key of a terminal: an escape sequence, an end of line, or a character. */
const key = new RegExp(`${ESCAPE}(?:\\[[0-?]*[ -/]*[@-~]|O.|.)?|\\r\\n?|[^]`, 'gu');

/** A terminal's line discipline, for guests that read lines by semihosting: what is typed is shown, can be edited, and is read when it is a line. */
export function lineInput(reader: LineReader): (typed: string) => void {
  let line: string[] = [];
  const take = (): string => {
    const text = line.join('');
    line = [];
    return text;
  };
  const erase = (count: number): void => {
    const gone = line.splice(Math.max(0, line.length - count));
    reader.echo('\b \b'.repeat(gone.length));
  };
  return (typed) => {
    for (const [one] of typed.matchAll(key)) {
      if (ENTER.test(one)) {
        reader.echo('\r\n');
        reader.line(`${take()}\n`);
      } else if (backspaces.includes(one)) erase(1);
      else if (one === CTRL_U) erase(line.length);
      else if (one === CTRL_D) {
        if (line.length === 0) reader.end();
        else reader.line(take());
      } else if (one === '\t' || one >= ' ') {
        line.push(one);
        reader.echo(one);
      }
    }
  };
}
