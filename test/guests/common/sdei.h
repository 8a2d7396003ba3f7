/* Software Delegated Exception Interface (DEN0054): the calls a client makes, under the standard's names. */
#ifndef SDEI_H
#define SDEI_H

#include <stdint.h>
#include "smccc.h"

#define SDEI_VERSION 0xC4000020u
#define SDEI_EVENT_REGISTER 0xC4000021u
#define SDEI_EVENT_ENABLE 0xC4000022u
#define SDEI_EVENT_DISABLE 0xC4000023u
#define SDEI_EVENT_CONTEXT 0xC4000024u
#define SDEI_EVENT_COMPLETE 0xC4000025u
#define SDEI_EVENT_COMPLETE_AND_RESUME 0xC4000026u
#define SDEI_EVENT_UNREGISTER 0xC4000027u
#define SDEI_EVENT_STATUS 0xC4000028u
#define SDEI_EVENT_GET_INFO 0xC4000029u
#define SDEI_PE_MASK 0xC400002Bu
#define SDEI_PE_UNMASK 0xC400002Cu
#define SDEI_EVENT_SIGNAL 0xC400002Fu
#define SDEI_PRIVATE_RESET 0xC4000031u
#define SDEI_SHARED_RESET 0xC4000032u

#define SDEI_NOT_SUPPORTED (-1)
#define SDEI_INVALID_PARAMETERS (-2)
#define SDEI_DENIED (-3)
#define SDEI_PENDING (-5)
#define SDEI_OUT_OF_RESOURCE (-10)

/*
 * Test service of SDEI Guest Debugger, a SiP fast call: raises a platform event on the calling PE.
 * Answers 0 or an SDEI error code.
 */
#define RAISE_EVENT 0xC2000001u

int64_t sdei_version(void);
int64_t sdei_event_register(uint32_t event, void (*entry)(void), void *argument);
int64_t sdei_event_enable(uint32_t event);
uint64_t sdei_event_context(uint32_t parameter);
int64_t sdei_event_status(uint32_t event);
int64_t sdei_event_unregister(uint32_t event);
int64_t sdei_event_signal(uint64_t mpidr);
int64_t sdei_pe_mask(void);
int64_t sdei_pe_unmask(void);
int64_t raise_event(uint32_t event);

/* The affinity fields of this PE's MPIDR_EL1, which name it in SDEI and PSCI calls. */
uint64_t this_pe(void);

/* sdei_handler_entry is what to register; it calls on_event, which each guest defines. */
void sdei_handler_entry(void);

/*
 * Returns how the event ends: 0 or 1 is the status of SDEI_EVENT_COMPLETE (handled, failed),
 * anything else the address for SDEI_EVENT_COMPLETE_AND_RESUME.
 */
uint64_t on_event(uint64_t event, void *argument, uint64_t pc, uint64_t pstate);

/* An address to resume at: calls on_resume, then returns from the exception that it seems to be. */
void resume_entry(void);
void on_resume(uint64_t pc, uint64_t pstate);

#endif
