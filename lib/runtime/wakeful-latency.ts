// How lightly CPUs must sleep so that nobody has to wait for one to wake (messages.keep_awake).
import { readFileSync } from 'node:fs';

const DRIVER_FILE = '/sys/devices/system/cpu/cpuidle/current_driver';
/** The driver of a guest, whose sleeping CPU the hypervisor has to wake. */
const GUEST_DRIVER = 'haltpoll';
/** The first idle state of a real CPU (C1, WFI) wakes within it, and spares most of the power. */
const LIGHT_SLEEP_US = 2;

/**
 * @param driver name of the kernel's cpuidle driver; empty: it has none
 * @returns us; 0: only a CPU that does not sleep at all is quick to wake, as in a virtual machine
 */
export function wakefulLatencyUs(driver: string = currentDriver()): number {
  return driver === GUEST_DRIVER ? 0 : LIGHT_SLEEP_US;
}

function currentDriver(): string {
  try {
    return readFileSync(DRIVER_FILE, 'utf8').trim();
  } catch {
    return '';
  }
}
