import type { PeState, PseudoRegister } from '../../debug-adapter/custom-requests.ts';
import { peNodes } from './pe-nodes.ts';
import type { TreeNode } from './tree-node.ts';

/** The Pseudo registers tree: the registers of the only PE, or a node for each PE, whose registers are read when it is opened. */
export function pseudoRegisterNodes(
  pes: readonly PeState[],
  read: (pe: number) => Promise<readonly PseudoRegister[]>,
): Promise<readonly TreeNode[]> {
  return peNodes(pes, async (pe) => [...deviceIrqLevelNode(pe), ...(await read(pe.pe)).map((register) => registerNode(pe.pe, register))]);
}

/** With a user interrupt controller: no KVM register, but of the same vCPU and as much KVM's. */
function deviceIrqLevelNode(pe: PeState): TreeNode[] {
  if (pe.deviceIrqLevel === undefined) return [];
  const [value] = pe.deviceIrqLevel.split(' ');
  return [
    {
      id: `pe${pe.pe}/device_irq_level`,
      label: 'device_irq_level',
      description: pe.deviceIrqLevel.replaceAll('KVM_ARM_DEV_', ''),
      tooltip: `device_irq_level of kvm_run, as of the last exit: ${pe.deviceIrqLevel}`,
      icon: { name: 'pulse' },
      context: ['value'],
      value,
    },
  ];
}

function registerNode(pe: number, register: PseudoRegister): TreeNode {
  const { name, id, bytes, value, error, bits, fields, writable } = register;
  const node = `pe${pe}/${id}`;
  const subject = { kind: 'register', pe, register } as const;
  const tooltip = `${name}\n${id}, ${bytes} bytes${writable ? '' : ', read-only'}`;
  if (value === undefined) {
    return {
      id: node,
      label: shortName(name),
      description: error?.replace(`${name} `, ''),
      tooltip: `${tooltip}\n${error ?? ''}`,
      icon: { name: 'warning', color: 'list.warningForeground' },
      subject,
    };
  }
  return {
    id: node,
    label: shortName(name),
    description: summary(register),
    tooltip: `${tooltip}\n${bytes > 64 ? `${value.slice(0, 64)}…` : value}`,
    icon: { name: bits === undefined ? (fields === undefined ? 'symbol-numeric' : 'symbol-structure') : 'symbol-array' },
    context: writable ? ['register', 'value', 'writable'] : ['register', 'value'],
    subject,
    value,
    expanded: false,
    children: [
      ...(bits ?? []).map((bit) => ({
        id: `${node}/bit${bit.bit}`,
        label: bit.name,
        description: `bit ${bit.bit}`,
        context: ['bit'],
        subject: { ...subject, bit: bit.bit },
        ...(writable ? { checked: bit.set } : { icon: { name: bit.set ? 'check' : 'dash' } }),
      })),
      ...(fields ?? []).map((field, index) => ({
        id: `${node}/${field.name}`,
        label: field.name,
        description: field.symbol === undefined ? field.value : `${field.value} <${field.symbol}>`,
        icon: { name: 'symbol-field' },
        context: writable && bytes > 8 ? ['value', 'writable'] : ['value'],
        subject: { ...subject, field: index },
        value: field.value,
      })),
    ],
  };
}

/** One line of content: which bits are set, what the first fields say, or the number. */
function summary({ value = '', bits, fields }: PseudoRegister): string {
  if (bits !== undefined) {
    const names = bits.filter(({ set }) => set).map(({ name }) => name);
    return [`0x${BigInt(value).toString(16)}`, ...(names.length === 0 ? [] : [names.join(', ')])].join(' · ');
  }
  if (fields !== undefined) {
    if (fields.every((field) => BigInt(field.value) === 0n)) return '0';
    return fields
      .slice(0, 2)
      .map((field) => field.symbol ?? field.value)
      .join(', ');
  }
  return value;
}

const shortName = (name: string) => name.replace(/^KVM_REG_ARM_(SDEI_)?/, '');
