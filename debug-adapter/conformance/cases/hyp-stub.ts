import type { ConformanceGroup } from '../catalogue.ts';

const ARGUMENTS = 'x2=0xa x3=0xb x4=0xc';
const RESTARTED = 'pc==HERE el==2 DAIF==0x3c0 SPSel==1 x1==0xb x2==0xc';

/** Calls of the hyp-stub, kernel by kernel, and what KVM's own vectors make of them. */
export const group: ConformanceGroup = {
  id: 'P',
  title: 'Hyp-stub and KVM\'s vectors', // biome-ignore format: one kind of quotes
  cases: [
    ['P01', 'HVC_SET_VECTORS', 'machine; x0=0 x1=0x40080800; hvc; x0==0 VBAR_EL2==0x40080800 el==1', 'Linux'],
    ['P02', 'HVC_RESET_VECTORS in the stub', 'machine; x0=2; hvc; x0==0; unchanged', 'Linux'],
    ['P03', 'HVC_SOFT_RESTART', `machine; x0=1 x1=HERE ${ARGUMENTS}; hvc; x0==0xa ${RESTARTED} SCTLR_EL2==0x30c50830`, 'Linux'],
    ['P04', 'an unknown number', 'machine; x0=0x1234 x1=0x51 x18=0x52; hvc; x0==0x0BADCA11 el==1; unchanged', 'Linux'],
    ['P05', 'number 3 before 5.12', 'machine hypStub=4.12; x0=3; hvc; x0==0x0BADCA11; unchanged', 'Linux'],
    ['P06', 'HVC_FINALISE_EL2 with EL2\'s MMU on', 'machine; mmu; x0=3; hvc; x0==0x0BADCA11 el==1', 'Linux'], // biome-ignore format: one kind of quotes
    [
      'P07',
      'HVC_FINALISE_EL2 with VHE: the caller goes on at EL2',
      'machine; x0=3; hvc; x0==0 el==2 pc==HERE HCR_EL2==0x488000000',
      'Linux',
    ],
    ['P08', 'KVM: HVC_SET_VECTORS', 'machine; VBAR_EL2=KVM; x0=0 x1=0x40080800; hvc; x0==0x0BADCA11; unchanged', 'Linux'],
    ['P09', 'KVM: HVC_RESET_VECTORS', 'machine; VBAR_EL2=KVM; mmu; x0=2; hvc; x0==0 VBAR_EL2==STUB SCTLR_EL2==0x30c50830 el==1', 'Linux'],
    [
      'P10',
      'KVM: HVC_SOFT_RESTART',
      `machine; VBAR_EL2=KVM; mmu; x0=1 x1=HERE ${ARGUMENTS}; hvc; x0==0xa ${RESTARTED} VBAR_EL2==STUB SCTLR_EL2==0x30c50830`,
      'Linux',
    ],
    ['P11', 'protected KVM: HVC_RESET_VECTORS', 'machine; VBAR_EL2=PKVM; x0=2; hvc; x0==-1; unchanged', 'Linux'],
    [
      'P12',
      'an exception that is no call stays at its vector: HVC with SP_EL0 at EL2',
      'machine; PSTATE=0x3c8; x0=2; hvc; pc==STUB x0==2 el==2; unchanged',
      'Linux',
    ],
    ['P13', 'X0 counts as 64 bits', 'machine; x0=0xFFFFFFFF00000002; hvc; x0==0x0BADCA11; unchanged', 'Linux'],
    ['P14', 'an SMCCC identifier is nothing to the stub', 'machine conduit=smc; x0=0xC4000020; hvc; x0==0x0BADCA11; unchanged', 'Linux'],
    [
      'P15',
      'KVM before 5.8: HVC_SOFT_RESTART loses X0',
      `machine; VBAR_EL2=KVM_5_7; x0=1 x1=HERE ${ARGUMENTS}; hvc; x0==0 ${RESTARTED}`,
      'Linux',
    ],
    ['P16', 'KVM: a number that is no call of the stub', 'machine; VBAR_EL2=KVM; x0=0x1234; hvc; x0==-1; unchanged', 'Linux'],
    ['P17', 'KVM, then the stub again', 'machine; VBAR_EL2=KVM; x0=2; hvc; x0=0 x1=KVM; hvc; x0==0 VBAR_EL2==KVM', 'Linux'],
    ['P18', 'before 4.12: HVC_GET_VECTORS', 'machine hypStub=4.11; x0=0; hvc; x0==STUB; unchanged', 'Linux'],
    [
      'P19',
      'before 4.12: HVC_SET_VECTORS is number 1',
      'machine hypStub=4.11; x0=1 x1=0x40080800; hvc; VBAR_EL2==0x40080800 el==1',
      'Linux',
    ],
    ['P20', 'HVC_VHE_RESTART of 5.12', 'machine hypStub=5.12; x0=3; hvc; x0==0 el==2 pc==HERE', 'Linux'],
    ['P21', 'number 4 before 6.19', 'machine; x0=4; hvc; x0==0x0BADCA11; unchanged', 'Linux'],
    ['P22', 'HVC_GET_ICH_VTR_EL2', 'machine hypStub=6.19; x0=4; hvc; x0==0 x1==0x90300003 el==1', 'Linux'],
    [
      'P23',
      'HVC_SET_VECTORS takes any address; VBAR_EL2 has no bits 10:0',
      'machine; x0=0 x1=0x40080804; hvc; x0==0 VBAR_EL2==0x40080800',
      'Linux',
    ],
    ['P24', 'a call from EL2', 'machine; PSTATE=0x3c9; x0=0x1234; hvc; x0==0x0BADCA11 el==2; unchanged', 'Linux'],
    [
      'P25',
      'HVC with HCR_EL2.HCD = 1 is no call: EL1 takes it as undefined',
      'machine; HCR_EL2=0xa0000000 VBAR_EL1=KVM x0=2; hvc; pc==0x40101200 el==1',
      'own',
    ],
  ],
};
