// Builds fixtures/values-*.elf and records what gdb shows of each, stopped in `inspect`: `node test/variables/record.mjs`.
// Needs aarch64-linux-gnu-gcc, qemu-aarch64 and gdb-multiarch with Python; the tests need none of them.
import { execFileSync, spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const fixtures = fileURLToPath(new URL('fixtures/', import.meta.url));
const flags = ['-g', '-gdwarf-5', '-ffreestanding', '-nostdlib', '-static', '-fno-stack-protector', '-fno-pie', '-no-pie', `-fdebug-prefix-map=${fixtures.slice(0, -1)}=/guest`, '-Wl,--build-id=none'];
const port = 23457;

/** In gdb's syntax, `,x` after an expression meaning print/x; both debuggers read them. */
const expressions = `
i negative u c sc uc flag h uh l ul big d ld s m level numbers grid p nothing v text buffer fn table second head list packet flexible port
*p *text *list *list->next list->next->kind head.name packet.word packet.halves packet.text packet.wide packet.signedBits grid[1] grid[1][2] numbers[3]
&i &numbers &numbers[2] &list->next &head.name handler &handler *fn fn==handler table[1] flexible.count flexible.items[1]
calls handler::ticks 'values.c'::calls
count name at by_value ratio sum index index_squared squares word copy point now scaled
squares[3] word[0] copy.low point.x point.y *at at->next->value *at->next by_value.text sum+1 now==STOPPED &point &squares[1] name[2]
$pc $sp $x29 $w29
i,x negative,x u,x u,d c,x numbers,x s,d m,x sum,o index,t head.value,x sizeof(head),x grid,x
*p@3 numbers[1]@2 squares[1]@2
i+1 i+u i*l negative/2 negative%4 negative>>1 u>>1 uh+1 sc+0 uc+uc ul+l (char)300 (short)0x18000 (unsigned)negative (long)u (int)d d*2 i/2.0 -i ~uc !i i&&0 i||0 i<u negative<u l<ul
i==5?u:negative p+1 p-1 &numbers[3]-p p>numbers (long)p sizeof(numbers) sizeof(int) sizeof(node_t) sizeof(struct+packet) (enum+state)5 (enum+flags)3 (node_t+*)list *(int+*)v *(short+*)(v+4) ((node_t+*)list)->value RUNNING RUNNING+1 READ|WRITE
1<<4 0x80000000 2147483648 0xffffffff+1 'a' '\\n' 017 1.5 5&3 6^3 2+3*4 1<2==1
`
  .trim()
  .split(/\s+/)
  .map((word) => word.replace(/(?<=(struct|enum|node_t|int|short))\+(?=[\w*])/g, ' '));

const script = `
import gdb, json
gdb.execute('set print null-stop on')
gdb.execute('set print entry-values no')
gdb.execute('set confirm off')
gdb.execute('set width 0')
gdb.execute('target remote :${port}')
gdb.execute('break stop_here')
gdb.execute('continue')
frame = gdb.selected_frame()
number = lambda text: hex(int(gdb.parse_and_eval(text)) & (2**64 - 1))
registers = {name: number('$' + name) for name in ['x%d' % n for n in range(31)] + ['sp', 'pc', 'cpsr']}
registers.update({'v%d' % n: hex(int(gdb.parse_and_eval('$v%d.d.u[0]' % n)) | int(gdb.parse_and_eval('$v%d.d.u[1]' % n)) << 64) for n in range(32)})
stack = bytes(gdb.selected_inferior().read_memory(int(registers['sp'], 16), 0x200)).hex()
rows = []
for expression in json.loads(r'''${JSON.stringify(expressions)}'''):
    text, _, letter = expression.partition(',')
    try:
        shown = gdb.execute('output' + ('/' + letter if letter else '') + ' ' + text, to_string=True)
        rows.append([expression, str(gdb.parse_and_eval(text).type), shown])
    except gdb.error as error:
        rows.append([expression, None, str(error)])
print('RECORD' + json.dumps({'registers': registers, 'stack': stack, 'rows': rows}))
gdb.execute('kill')
`;

for (const level of ['O0', 'O2']) {
  const elf = `${fixtures}values-${level}.elf`;
  execFileSync('aarch64-linux-gnu-gcc', [...flags, `-${level}`, '-o', elf, `${fixtures}values.c`], { cwd: fixtures });
  const guest = spawn('qemu-aarch64', ['-g', String(port), elf], { stdio: 'ignore' });
  const scriptPath = `${fixtures}record.tmp.py`;
  try {
    await setTimeout(1000);
    writeFileSync(scriptPath, script);
    const output = execFileSync('gdb-multiarch', ['-nx', '-batch', '-x', scriptPath, elf], { encoding: 'utf8', maxBuffer: 1 << 26 });
    const record = JSON.parse(output.slice(output.indexOf('RECORD') + 'RECORD'.length).split('\n')[0]);
    const rows = record.rows.map((row) => `    ${JSON.stringify(row)}`).join(',\n');
    const { registers, stack } = record;
    writeFileSync(`${fixtures}values-${level}.json`, `{\n  "registers": ${JSON.stringify(registers)},\n  "stack": "${stack}",\n  "rows": [\n${rows}\n  ]\n}\n`);
  } finally {
    guest.kill();
    rmSync(scriptPath, { force: true });
  }
}
