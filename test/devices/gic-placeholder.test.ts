import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gicDistributorPlaceholder, gicRedistributorsPlaceholder } from '../../emulator/devices/gic-placeholder.ts';
import { distributorRegisters, redistributorRegisters } from '../../emulator/devices/gic-registers.ts';

for (const [device, offset, message] of [
  [gicDistributorPlaceholder(), 0x0000, 'GICv3 distributor register GICD_CTLR (offset 0x0000) is not implemented yet'],
  [gicDistributorPlaceholder(), 0x0104, 'GICv3 distributor register GICD_ISENABLER1 (offset 0x0104) is not implemented yet'],
  [gicDistributorPlaceholder(), 0x6108, 'GICv3 distributor register GICD_IROUTER33 (offset 0x6108) is not implemented yet'],
  [gicDistributorPlaceholder(), 0x5000, 'GICv3 distributor offset 0x5000 is reserved'],
  [
    gicRedistributorsPlaceholder(0x40_0000),
    0x3_0100,
    'GICv3 redistributor register GICR_ISENABLER0 (offset 0x30100) is not implemented yet',
  ],
] as const) {
  test(message, () => {
    assert.throws(() => device.read(offset, 4), { message });
    assert.throws(() => device.write(offset, 4, 0n), { message });
  });
}

test('no two GIC registers share an offset', () => {
  for (const registers of [distributorRegisters, redistributorRegisters]) {
    for (let n = 1; n < registers.length; n++) {
      const before = registers[n - 1];
      assert.ok(before.offset + before.width * before.count <= registers[n].offset, registers[n].name);
    }
  }
});
