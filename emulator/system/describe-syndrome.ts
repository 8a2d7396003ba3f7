import { EC, exceptionClassNames, faultStatusNames } from './exception-classes.ts';
import { systemInstructionName } from './system-instructions.ts';
import { systemRegisterName } from './system-registers.ts';

const isAbort = (ec: number): boolean => ec === 0x20 || ec === 0x21 || ec === 0x24 || ec === 0x25;

/** The class name, and what of the ISS matters, in words: `data abort: alignment fault, on a write`, `SVC #0x1`. */
export function describeSyndrome(esr: bigint): string {
  const ec = Number((esr >> 26n) & 0x3fn);
  const iss = Number(esr & 0x1ff_ffffn);
  const name = exceptionClassNames[ec] ?? `exception class 0x${ec.toString(16)}`;
  if (isAbort(ec)) {
    const fault = faultStatusNames[iss & 0x3f] ?? `fault status 0x${(iss & 0x3f).toString(16)}`;
    if (ec < EC.DATA_ABORT) return `${name}: ${fault}`;
    return `${name}: ${fault}, ${iss & 0x100 ? 'by cache maintenance' : iss & 0x40 ? 'on a write' : 'on a read'}`;
  }
  switch (ec) {
    case EC.SVC:
    case EC.HVC:
    case EC.SMC:
    case EC.BRK:
      return `${name} #0x${(iss & 0xffff).toString(16)}`;
    case EC.WFX:
      return iss & 1 ? 'trapped WFE' : 'trapped WFI';
    case EC.SYSTEM_REGISTER: {
      const encoding = { op0: (iss >> 20) & 3, op2: (iss >> 17) & 7, op1: (iss >> 14) & 7, crn: (iss >> 10) & 15, crm: (iss >> 1) & 15 };
      if (encoding.op0 === 1) return `trapped ${systemInstructionName(encoding)}`;
      return `trapped ${iss & 1 ? 'MRS' : 'MSR'} ${systemRegisterName(encoding)}`;
    }
    default:
      return name;
  }
}
