import { hexadecimal } from './errors.ts';
import type { Images } from './images.ts';
import type { Target } from './target/target.ts';

/** PEs and events as the dispatcher knows them, a line each. */
export function sdeiStatus({ target, images }: { readonly target: Target; readonly images: Images }): string {
  const pes = target.sdei.pes.map(({ pe, masked, running }) => {
    const { power, exceptionLevel } = target.pes[pe];
    const handlers = running.map(({ event, priority, pc }) => `, event ${event} (${priority}) over ${images.describe(pc)}`);
    return `PE${pe}: ${power}, EL${exceptionLevel}, ${masked ? 'masked' : 'unmasked'}${handlers.join('')}`;
  });
  const events = target.sdei.events.map(({ number, type, priority, pe, state, pending, entryPoint, counts }) => {
    const place = pe === undefined ? '' : ` PE${pe}`;
    const handler = entryPoint === undefined ? '' : `, handler ${images.describe(entryPoint)} (${hexadecimal(entryPoint)})`;
    return `event ${number}${place}: ${type}, ${priority}, ${state}${pending ? ', pending' : ''}, delivered ${counts.delivered}${handler}`;
  });
  return [...pes, ...events].join('\n');
}
