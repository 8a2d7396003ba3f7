import { launchKeyConflict, missingLaunchKey, wrongLaunchType } from './errors.ts';
import { eventKeys, launchKeys } from './launch-keys.ts';
import { checkKeys, typeOf } from './launch-values.ts';

export interface SdeiEventDeclaration {
  readonly number: number;
  readonly type: 'private' | 'shared';
  readonly priority: 'normal' | 'critical';
  readonly interrupt?: number;
}

/** The dispatcher, and what the platform declares to it. */
export interface SdeiSettings {
  readonly profile: 'spec' | 'tfa' | 'kvm' | 'qemu';
  readonly version: readonly [number, number];
  readonly bindSlots: { readonly private: number | readonly number[]; readonly shared: number | readonly number[] };
  readonly events: readonly SdeiEventDeclaration[];
  readonly bugCompatible: boolean;
  readonly relativeMode?: boolean;
}

const platformEvents: readonly SdeiEventDeclaration[] = [
  { number: 804, type: 'private', priority: 'critical' },
  { number: 805, type: 'shared', priority: 'critical' },
  { number: 806, type: 'private', priority: 'normal' },
  { number: 807, type: 'shared', priority: 'normal' },
];

/** What each profile's implementation has; a test compares it with the dispatcher's own. */
const profileDefaults = {
  spec: { version: '1.0', bindSlots: { private: 3, shared: 3 } },
  tfa: { version: '1.0', bindSlots: { private: 3, shared: 3 } },
  kvm: { version: '1.1', bindSlots: { private: 0, shared: 0 } },
  qemu: { version: '1.0', bindSlots: { private: 8, shared: 16 } },
} as const;

/** The key `sdei` of a launch configuration. @throws UserError */
export function sdeiSettings(given: Record<string, unknown>): SdeiSettings {
  const keys = launchKeys.find(({ name }) => name === 'sdei')?.keys ?? [];
  const values = checkKeys(given, keys, 'sdei.');
  const profile = values.profile as SdeiSettings['profile'];
  const usual = profileDefaults[profile];
  const [major, minor] = ((values.version as string | undefined) ?? usual.version).split('.').map(Number);
  return {
    profile,
    version: [major, minor],
    bindSlots: { ...usual.bindSlots, ...bindSlots(values.bindSlots as Readonly<Record<string, unknown>> | undefined) },
    events: values.events === undefined ? platformEvents : declaredEvents(values.events as unknown[]),
    bugCompatible: values.bugCompatible as boolean,
    ...(values.relativeMode === true ? { relativeMode: true } : {}),
  };
}

function bindSlots(given: Readonly<Record<string, unknown>> = {}): Partial<SdeiSettings['bindSlots']> {
  for (const [kind, slots] of Object.entries(given)) {
    if (!Array.isArray(slots)) continue;
    for (const [index, number] of slots.entries())
      if (typeOf(number) !== 'integer') throw wrongLaunchType(`sdei.bindSlots.${kind}[${index}]`, number, 'an event number');
  }
  return given as Partial<SdeiSettings['bindSlots']>;
}

function declaredEvents(list: unknown[]): SdeiEventDeclaration[] {
  const numbers = new Set<number>();
  return list.map((item, index) => {
    const path = `sdei.events[${index}]`;
    if (typeOf(item) !== 'object')
      throw wrongLaunchType(path, item, 'an object such as {"number": 804, "type": "shared", "priority": "critical"}');
    const values = checkKeys(item as Record<string, unknown>, eventKeys, `${path}.`);
    const number = values.number as number | undefined;
    if (number === undefined) throw missingLaunchKey(`${path}.number`, 'Set it to the event number, for example 804.');
    if (numbers.has(number))
      throw launchKeyConflict(`${path}.number`, number, 'another entry declares the same event', 'Give each event once.');
    numbers.add(number);
    return {
      number,
      type: values.type as 'private' | 'shared',
      priority: values.priority as 'normal' | 'critical',
      ...(values.interrupt === undefined ? {} : { interrupt: values.interrupt as number }),
    };
  });
}
