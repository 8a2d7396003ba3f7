/** Going on: c, s and vCont (GDB manual, "vCont"). All PEs stop together. */
import { type GdbClient, GdbError } from './client.ts';
import { peOfThread } from './threads.ts';

interface Action {
  readonly kind: 'c' | 's' | 't';
  readonly range?: { readonly low: bigint; readonly high: bigint };
}

/** `c` and `s` for the thread of Hc. @param address where to go on instead of PC */
export async function goOn(client: GdbClient, kind: 'c' | 's', address: string | undefined): Promise<string> {
  const { guest, resumed } = client;
  if (guest.ended.kind === 'off') return client.stopped(guest.ended);
  const pe = resumed ?? guest.ended.stop.pe;
  if (address !== undefined) guest.target.writeRegister(pe, 'pc', BigInt(`0x${address}`));
  const onlyPe = resumed !== undefined && guest.target.pes.length > 1;
  return client.stopped(kind === 's' ? await guest.step({ pe, onlyPe }) : await guest.continue(onlyPe ? pe : undefined));
}

/** bs and bc: backwards along what has happened. */
export async function goBack(client: GdbClient, kind: 'c' | 's'): Promise<string> {
  const { guest, resumed } = client;
  if (guest.ended.kind === 'off') return client.stopped(guest.ended);
  if (guest.target.timeTravel.history === undefined) throw new GdbError('No history is kept: there is no way back.');
  const pe = resumed ?? guest.ended.stop.pe;
  return client.stopped(await (kind === 's' ? guest.stepBack(pe) : guest.reverseContinue(pe)));
}

/** The leftmost action that fits a thread is its action; a thread without one stands still. */
export async function vCont(client: GdbClient, text: string): Promise<string> {
  const { guest } = client;
  const actions = new Map<number, Action>();
  const known = text.split(';').map((part) => actionOf(client, part));
  for (const { index } of guest.target.pes) {
    const found = known.find(({ pe }) => pe === 'all' || pe === 'any' || pe === index);
    if (found !== undefined && found.action.kind !== 't') actions.set(index, found.action);
  }
  if (guest.ended.kind === 'off' || actions.size === 0) return client.stopped(guest.ended);

  const isAlone = actions.size < guest.target.pes.length;
  if (isAlone && actions.size > 1) throw new GdbError('One PE can go on, or all of them: "set scheduler-locking on" or "off".');
  const steppers = [...actions].filter(([, { kind }]) => kind === 's');
  const { pe: last } = guest.ended.stop;
  const [stepper] = steppers.filter(([pe]) => pe === last).concat(steppers);
  if (stepper === undefined) return client.stopped(await guest.continue(isAlone ? [...actions.keys()][0] : undefined));
  const [pe, { range }] = stepper;
  return client.stopped(await guest.step({ pe, onlyPe: isAlone, ...(range && { range }) }));
}

/** The guest knows no signals: C and S are c and s. */
function actionOf(client: GdbClient, text: string): { readonly action: Action; readonly pe: number | 'any' | 'all' } {
  const match = /^(?:([cst])|([CS])[0-9a-f]{2}|r([0-9a-f]{1,16}),([0-9a-f]{1,16}))(?::(-1|[0-9a-f]{1,8}))?$/i.exec(text);
  if (match === null) throw new GdbError(`vCont action "${text.slice(0, 40)}" is malformed.`);
  const [, plain, signalled, low, high, thread = '-1'] = match;
  const kind = low === undefined ? ((plain ?? signalled).toLowerCase() as Action['kind']) : 's';
  const range = low === undefined ? undefined : { low: BigInt(`0x${low}`), high: BigInt(`0x${high}`) };
  return { action: { kind, ...(range && { range }) }, pe: peOfThread(client, thread) };
}
