import type { Address } from '../addresses.ts';
import * as c from './constants.ts';
import { children, type Entry, type Expression, hasAttribute, readAddress, readExpression, readReference, walk } from './entries.ts';

/** A call as its caller describes it (§3.4): what was in the argument registers when it was made. */
export interface CallSite {
  /** The called subprogram; `undefined` for a call through a pointer. */
  readonly origin: Entry | undefined;
  /** Expression of the called address. */
  readonly target: Expression | undefined;
  readonly parameters: readonly PassedParameter[];
}

export interface PassedParameter {
  /** Where it was passed; absent where it was not. */
  readonly location: Expression | undefined;
  /** Which one of the called function's it is. */
  readonly parameter: Entry | undefined;
  readonly value: Expression;
}

/** The call in `function_` that returns to `returnAddress`. */
export function callSiteAt(function_: Entry, returnAddress: Address): CallSite | undefined {
  let found: Entry | undefined;
  const look = (entry: Entry): void => {
    if (found !== undefined) return;
    const attribute = entry.tag === c.DW_TAG_call_site ? c.DW_AT_call_return_pc : c.DW_AT_low_pc;
    if (readAddress(entry, attribute) === returnAddress) found = entry;
  };
  walk(function_, look, ({ tag }) => tag === c.DW_TAG_call_site || tag === c.DW_TAG_GNU_call_site);
  return found && readCallSite(found);
}

function readCallSite(entry: Entry): CallSite {
  const parameters: PassedParameter[] = [];
  for (const child of children(entry)) {
    if (child.tag !== c.DW_TAG_call_site_parameter && child.tag !== c.DW_TAG_GNU_call_site_parameter) continue;
    const isOfVersion5 = hasAttribute(child, c.DW_AT_call_parameter);
    const location = readExpression(child, c.DW_AT_location);
    const parameter = readReference(child, isOfVersion5 ? c.DW_AT_call_parameter : c.DW_AT_abstract_origin);
    const value = readExpression(child, c.DW_AT_call_value) ?? readExpression(child, c.DW_AT_GNU_call_site_value);
    if (value !== undefined) parameters.push({ location, parameter, value });
  }
  const originAttribute = hasAttribute(entry, c.DW_AT_call_origin) ? c.DW_AT_call_origin : c.DW_AT_abstract_origin;
  return {
    origin: readReference(entry, originAttribute),
    target: readExpression(entry, c.DW_AT_call_target) ?? readExpression(entry, c.DW_AT_GNU_call_site_target),
    parameters,
  };
}
