/** Parts of objects in virtual bases: where they are, the object itself tells. */
import { addressIn } from './members.ts';
import { type Place, ValueUnavailable } from './place.ts';
import type { Scene } from './scene.ts';

type Part = Parameters<typeof addressIn>[0];

/** @throws ValueUnavailable */
export function addressInVirtualBase(scene: Scene, object: bigint, part: Part): bigint {
  const address = addressIn(part, object, scene.context.memory);
  if (address === undefined) throw cannotTell();
  return address;
}

/** @throws ValueUnavailable also for an object that is not in memory */
export function placeInVirtualBase(scene: Scene, object: Place, part: Part): Place {
  if (object.kind !== 'memory') throw cannotTell();
  return { kind: 'memory', address: addressInVirtualBase(scene, object.address, part) };
}

const cannotTell = (): ValueUnavailable => new ValueUnavailable('<cannot read>', 'Where the virtual base is cannot be told here.');
