import type { SystemRegister, SystemRegisterValue } from '../custom-requests.ts';
import { hexadecimal } from '../errors.ts';
import type { Guest } from '../session/guest.ts';
import { peOfGuest } from './pe-argument.ts';
import { request } from './request.ts';

export const systemRegisterTable = request('sdei/systemRegisterTable', {
  needs: 'launched',
  run: (session) => ({
    registers: session.theGuest().target.systemRegisters.map(
      ({ name, encoding, level, group, description = '', access, writableBits, fields = [] }): SystemRegister => ({
        name,
        encoding,
        level,
        group,
        description,
        access,
        writableBits: hexadecimal(writableBits),
        fields: fields.map(({ name: field, msb, lsb, values }) => ({ name: field, msb, lsb, ...(values && { values }) })),
      }),
    ),
  }),
});

export const systemRegisters = request('sdei/systemRegisters', {
  needs: 'launched',
  arguments: { pe: 'count' },
  run(session, { pe }) {
    const guest = session.theGuest();
    return guest.run.whileStopped(() => {
      peOfGuest(guest, pe);
      return { values: guest.target.systemRegisters.map(({ name }) => valueOf(guest, pe, name)) };
    });
  },
});

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
