// Which node `heartwire witness` is: the configuration says so, or the command says that it names none.
import { loadConfig } from '../config/load.ts';
import { HeartwireError } from '../errors.ts';

/** @throws HeartwireError HW_CONFIG_*, HW_NO_WITNESS */
export function witnessName(file: string): string {
  const { config } = loadConfig(file);
  if (config.witness === null) throw HeartwireError.of('HW_NO_WITNESS', { quorum: config.quorum }, { place: file });
  return config.witness.node;
}
