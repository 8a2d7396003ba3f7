import type { EventState, PeState, SdeiState } from '../../debug-adapter/custom-requests.ts';
import { stateWords, triggerOutlook } from '../trigger-outlook.ts';
import type { Icon, TreeNode } from './tree-node.ts';

/** The Events tree: each PE with its private events, then the shared events. */
export function sdeiEventNodes(state: SdeiState): TreeNode[] {
  const shared = state.events.filter((event) => event.type === 'shared');
  return [...state.pes.map((pe) => peNode(state, pe)), ...(shared.length === 0 ? [] : [sharedNode(state, shared)])];
}

function peNode(state: SdeiState, pe: PeState): TreeNode {
  const events = state.events.filter((event) => event.type === 'private' && event.pe === pe.pe);
  const running = pe.running.map(({ event }) => event);
  return {
    id: `pe${pe.pe}`,
    label: pe.name,
    description: [
      pe.power === 'on' ? `EL${pe.exceptionLevel}` : pe.power,
      pe.masked ? 'masked' : undefined,
      running.length === 0 ? undefined : `runs ${running.join(' › ')}`,
    ]
      .filter((word) => word !== undefined)
      .join(' · '),
    tooltip: peTooltip(pe),
    icon: peIcon(pe),
    context: ['pe', pe.masked ? 'masked' : 'unmasked'],
    subject: { kind: 'pe', pe: pe.pe },
    expanded: pe.power !== 'off',
    children: [...deviceIrqLevelNode(pe), ...events.map((event) => eventNode(state, event))],
  };
}

/** What user space's interrupt controller knows of the PE. */
function deviceIrqLevelNode({ pe, deviceIrqLevel }: PeState): TreeNode[] {
  if (deviceIrqLevel === undefined) return [];
  return [
    {
      id: `pe${pe}/device_irq_level`,
      label: 'device_irq_level',
      description: deviceIrqLevel.replaceAll('KVM_ARM_DEV_', ''),
      tooltip: `device_irq_level of kvm_run: ${deviceIrqLevel}`,
      icon: { name: 'pulse' },
      context: ['value'],
      value: deviceIrqLevel.split(' ')[0],
    },
  ];
}

function peTooltip(pe: PeState): string {
  return [
    `${pe.name}: ${pe.power}, EL${pe.exceptionLevel}, ${pe.masked ? 'masked: events stay pending' : 'unmasked'}`,
    ...pe.running.map(({ event, priority, interruptedPc }) => `Event ${event} (${priority}) interrupted ${interruptedPc}`),
  ].join('\n');
}

function peIcon(pe: PeState): Icon {
  if (pe.power !== 'on') return { name: 'circle-outline', color: 'disabledForeground' };
  if (pe.masked) return { name: 'bell-slash', color: 'list.warningForeground' };
  return pe.running.length === 0 ? { name: 'chip' } : { name: 'chip', color: 'debugIcon.continueForeground' };
}

function sharedNode(state: SdeiState, events: readonly EventState[]): TreeNode {
  return {
    id: 'shared',
    label: 'Shared',
    tooltip: 'Shared events: one handler for the machine, run by one PE at a time',
    icon: { name: 'broadcast' },
    expanded: true,
    children: events.map((event) => eventNode(state, event)),
  };
}

const isRunning = (event: EventState) => event.state.endsWith('Running') || event.state === 'unregisterPending';

function eventNode(state: SdeiState, event: EventState): TreeNode {
  const id = event.type === 'shared' ? `shared/${event.number}` : `pe${event.pe}/${event.number}`;
  const words = [
    stateWords[event.state],
    event.pending ? 'pending' : undefined,
    event.priority === 'critical' ? 'critical' : undefined,
    event.type === 'shared' && event.pe !== undefined && isRunning(event) ? `on PE${event.pe}` : undefined,
    event.handler?.name,
    event.delivered === 0 ? undefined : `×${event.delivered}`,
  ];
  const { reason } = triggerOutlook(state, event, event.pe ?? 0);
  return {
    id,
    label: `Event ${event.number}`,
    description: words.filter((word) => word !== undefined).join(' · '),
    tooltip: `Event ${event.number}: ${event.type}, ${event.priority}, ${stateWords[event.state]}\nTrigger: ${reason.toLowerCase()}`,
    icon: eventIcon(event),
    context: eventContext(event),
    subject: { kind: 'event', event: event.number, pe: event.pe ?? 0 },
    location: location(event),
    expanded: false,
    children: details(id, event),
  };
}

function eventIcon(event: EventState): Icon {
  if (isRunning(event)) return { name: 'debug-stackframe-focused', color: 'debugIcon.continueForeground' };
  if (event.pending) return { name: 'bell-dot', color: 'charts.yellow' };
  if (event.state === 'enabled') return { name: 'circle-large-filled', color: 'charts.green' };
  if (event.state === 'registered') return { name: 'circle-large-outline', color: 'charts.green' };
  return { name: 'circle-slash', color: 'disabledForeground' };
}

function eventContext(event: EventState): string[] {
  const words = ['event'];
  if (event.state === 'enabled' || event.state === 'enabledRunning') words.push('enabled');
  if (event.state === 'registered' || event.state === 'registeredRunning') words.push('disabled');
  if (location(event) !== undefined) words.push('handler');
  return words;
}

function location(event: EventState): TreeNode['location'] {
  const { path, line } = event.handler ?? {};
  return path === undefined || line === undefined ? undefined : { path, line };
}

function details(id: string, event: EventState): TreeNode[] {
  const { handler } = event;
  const place = location(event);
  const rows: (readonly [label: string, value: string | undefined, icon: string])[] = [
    [
      'Handler',
      handler && [handler.name, place && `${baseName(place.path)}:${place.line}`, handler.address].filter(Boolean).join(' · '),
      'symbol-method',
    ],
    ['Argument', event.argument, 'symbol-parameter'],
    ['Routing', event.routing, 'arrow-swap'],
    ['Source', event.source === 'interrupt' ? `interrupt ${event.intid ?? ''}` : event.source, 'plug'],
    ['Delivered', `${event.delivered} ${event.delivered === 1 ? 'time' : 'times'}`, 'history'],
  ];
  return rows
    .filter((row) => row[1] !== undefined && row[1] !== '')
    .map(([label, value, icon]) => ({
      id: `${id}/${label}`,
      label,
      description: value,
      icon: { name: icon },
      value: label === 'Handler' ? handler?.address : value,
      context: label === 'Handler' && place !== undefined ? ['value', 'handler'] : ['value'],
      ...(label === 'Handler' && place !== undefined ? { location: place } : {}),
    }));
}

const baseName = (path: string) => path.replace(/^.*[\\/]/, '');
