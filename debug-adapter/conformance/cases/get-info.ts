import type { ConformanceGroup } from '../catalogue.ts';

export const group: ConformanceGroup = {
  id: 'E',
  title: 'SDEI_EVENT_GET_INFO',
  cases: [
    ['E01', 'event 0 type', 'INFO(0,0)=0', 'DEN0054 TF-A KVM QEMU KVM-selftest ACS-12 TF-A-run'],
    ['E02', 'event 0 signalable reads 0', 'INFO(0,1)=0', 'DEN0054 TF-A ACS-12 TF-A-run'],
    ['E03', 'event 0 priority normal', 'INFO(0,2)=0', 'TF-A KVM QEMU KVM-selftest TF-A-run'],
    ['E04', 'event 0 routing mode', 'REG(0)=0; INFO(0,3)=-2', 'DEN0054 TF-A KVM QEMU TF-A-run'],
    ['E05', 'event 0 affinity', 'REG(0)=0; INFO(0,4)=-2', 'DEN0054 TF-A KVM QEMU TF-A-run'],
    ['E06', 'info id 5', 'INFO(0,5)=-2', 'DEN0054 TF-A KVM QEMU TF-A-run'],
    ['E07', 'unknown event', 'INFO(0x10000,0)=-2', 'ACS-12 DEN0054 TF-A KVM QEMU TF-A-run'],
    [
      'E08',
      'bound SPI: shared, not signalable, normal',
      'a:=BIND(40); INFO(a,0)=1; INFO(a,1)=1; INFO(a,2)=0',
      'ACS-12 DEN0054 TF-A TF-A-run',
    ],
    ['E09', 'bound PPI: private', 'a:=BIND(23); INFO(a,0)=0; INFO(a,2)=0', 'ACS-12 DEN0054 TF-A QEMU TF-A-run'],
    ['E10', 'routing mode of unregistered shared', 'a:=BIND(40); INFO(a,3)=-3; INFO(a,4)=-3', 'DEN0054 TF-A QEMU TF-A-run'],
    ['E11', 'routing mode RM_ANY', 'a:=BIND(40); REG(a)=0; INFO(a,3)=0; INFO(a,4)=-2', 'DEN0054 TF-A QEMU TF-A-run'],
    ['E12', 'routing mode RM_PE', 'a:=BIND(40); REG(a,EP,ARG,1,1)=0; INFO(a,3)=1; INFO(a,4)=1', 'DEN0054 TF-A QEMU'],
    ['E13', 'critical platform event', 'INFO(804,2)=1; INFO(804,0)=0; INFO(804,1)=1', 'TF-A DEN0054 TF-A-run'],
    [
      'E14',
      'info after ROUTING_SET',
      'a:=BIND(40); REG(a)=0; ROUT(a,1,1)=0; INFO(a,3)=1; INFO(a,4)=1; ROUT(a,0)=0; INFO(a,3)=0; INFO(a,4)=-2',
      'DEN0054 TF-A QEMU TF-A-run',
    ],
  ],
};
