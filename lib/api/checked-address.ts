// An address that people give, refused with its error where it is none.
import { parseAddress } from '../config/address.ts';
import { HeartwireError } from '../errors.ts';

export function checkedAddress(address: string): string {
  if (parseAddress(address) === null) throw HeartwireError.of('HW_ADDRESS_INVALID', { address: JSON.stringify(address) });
  return address;
}
