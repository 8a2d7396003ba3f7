import { FunctionBody, ModuleBuilder } from './module.ts';

/** Product and addend whose sum is lost when the product is rounded first. */
const trials = [
  { vector: 'f64x2', scalar: 'f64', n: 1 + 2 ** -30, addend: -(1 + 2 ** -29), fused: 2 ** -60 },
  { vector: 'f32x4', scalar: 'f32', n: 1 + 2 ** -12, addend: -(1 + 2 ** -11), fused: 2 ** -24 },
] as const;

function relaxedMultiplyAdd({ vector, scalar, n, addend }: (typeof trials)[number]): number | undefined {
  const module = new ModuleBuilder(1, []);
  const body = new FunctionBody({ parameters: [scalar, scalar], results: [scalar] });
  for (const parameter of [0, 0, 1]) {
    body.opU32('local.get', parameter);
    body.op(`${vector}.splat`);
  }
  body.op(`${vector}.relaxed_madd`);
  body.instruction(`${vector}.extract_lane`, 0);
  module.export('f', module.add(body));
  const bytes = module.encode();
  if (!WebAssembly.validate(bytes)) return undefined;
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory: new WebAssembly.Memory({ initial: 1 }) } });
  return (instance.exports.f as (n: number, addend: number) => number)(n, addend);
}

let known: boolean | undefined;
/** Whether `relaxed_madd` exists here and rounds once, for singles and doubles. The host decides that once and for all. */
export function isMultiplyAddFused(): boolean {
  known ??= trials.every((trial) => relaxedMultiplyAdd(trial) === trial.fused);
  return known;
}
