import type { SystemRegister, SystemRegisterField, SystemRegisterValue } from '../custom-requests.ts';
import { hexadecimal } from '../errors.ts';
import type { Guest } from '../session/guest.ts';
import { layoutOf, layoutText } from '../target/register-layout.ts';
import type { RegisterField, RegisterInfo } from '../target/target.ts';
import { peOfGuest } from './pe-argument.ts';
import { request } from './request.ts';

export const systemRegisterTable = request('sdei/systemRegisterTable', {
  needs: 'launched',
  run: (session) => ({
    registers: session.theGuest().target.systemRegisters.map(
      ({ name, encoding, level, group, description = '', access, writableBits, fields = [], layouts }): SystemRegister => ({
        name,
        encoding,
        level,
        group,
        description,
        access,
        writableBits: hexadecimal(writableBits),
        fields: fields.map(fieldInfo),
        ...(layouts && { layouts: layouts.map((layout) => ({ fields: layout.fields.map(fieldInfo) })) }),
      }),
    ),
  }),
});

const fieldInfo = ({ name, msb, lsb, values }: RegisterField): SystemRegisterField => ({ name, msb, lsb, ...(values && { values }) });

export const systemRegisters = request('sdei/systemRegisters', {
  needs: 'launched',
  arguments: { pe: 'count' },
  run(session, { pe }) {
    const guest = session.theGuest();
    return guest.run.whileStopped(() => {
      peOfGuest(guest, pe);
      return {
        values: guest.target.systemRegisters.map((register) => ({
          ...valueOf(guest, pe, register.name),
          ...layoutNow(guest, pe, register),
        })),
      };
    });
  },
});

function layoutNow({ target }: Guest, pe: number, { layouts }: RegisterInfo): Pick<SystemRegisterValue, 'layout' | 'layoutText'> {
  if (layouts === undefined) return {};
  const layout = layoutOf(target, pe, layouts);
  return { ...(layout === undefined ? {} : { layout }), layoutText: layoutText(layouts, layout) };
}

const holdsCode = /^(?:R?VBAR|ELR)_EL/;

function valueOf({ target, images }: Guest, pe: number, name: string): SystemRegisterValue {
  const { unread, unknown } = target.registerNote(pe, name);
  if (unread !== undefined) return { name, unread };
  const value = target.readRegister(pe, name);
  const symbol = holdsCode.test(name) && value !== 0n ? images.describe(value) : undefined;
  return {
    name,
    value: hexadecimal(value),
    ...(unknown === undefined ? {} : { unknown }),
    ...(symbol === undefined || symbol.startsWith('0x') ? {} : { symbol }),
  };
}
