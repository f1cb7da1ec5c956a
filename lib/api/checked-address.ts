// An address that people give, in the form that it has everywhere; refused with its error where it is none.
import { parseAddress } from '../config/address.ts';
import { HeartwireError } from '../errors.ts';

export function checkedAddress(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === null) throw HeartwireError.of('HW_ADDRESS_INVALID', { address: JSON.stringify(address) });
  return `${parsed.host}/${parsed.prefixLength}`;
}
