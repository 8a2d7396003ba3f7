import { describe, it } from 'node:test';
import { type Case, check } from './case.ts';
import { cases as addSubtract } from './cases/add-subtract.ts';
import { cases as atomicMemoryOperations } from './cases/atomic-memory-operations.ts';
import { cases as bitfield } from './cases/bitfield.ts';
import { cases as branches } from './cases/branches.ts';
import { cases as conditional } from './cases/conditional.ts';
import { cases as dataProcessing1Source } from './cases/data-processing-1-source.ts';
import { cases as dataProcessing2Source } from './cases/data-processing-2-source.ts';
import { cases as dataProcessing3Source } from './cases/data-processing-3-source.ts';
import { cases as extract } from './cases/extract.ts';
import { cases as loadStoreExclusive } from './cases/load-store-exclusive.ts';
import { cases as loadStorePair } from './cases/load-store-pair.ts';
import { cases as loadStoreRegister } from './cases/load-store-register.ts';
import { cases as logical } from './cases/logical.ts';
import { cases as moveWide } from './cases/move-wide.ts';
import { cases as pcRelative } from './cases/pc-relative.ts';
import { cases as system } from './cases/system.ts';
import { engines } from './engines.ts';

const groups: Readonly<Record<string, readonly Case[]>> = {
  pcRelative,
  addSubtract,
  logical,
  moveWide,
  bitfield,
  extract,
  dataProcessing1Source,
  dataProcessing2Source,
  dataProcessing3Source,
  conditional,
  branches,
  system,
  loadStoreRegister,
  loadStorePair,
  loadStoreExclusive,
  atomicMemoryOperations,
};

for (const create of engines) {
  const engine = create();
  describe(engine.name, () => {
    for (const [group, cases] of Object.entries(groups)) {
      describe(group, () => {
        for (const row of cases) it(row[0], () => check(engine, row));
      });
    }
  });
}
