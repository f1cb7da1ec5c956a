// Section `heartbeat`. A person thinks either in an interval and a time-out, or as 002 does in a time-out
// and the number of beats in it; both end as interval and time-out.
import { z } from 'zod';
import type { HeartbeatConfig } from '../config.ts';
import { formatDurationUs } from '../duration.ts';
import { durationUs } from './duration.ts';
import { port, SECOND_US } from './words.ts';

const INTERVAL_US_MIN = 200;
const TIMEOUT_US_DEFAULT = SECOND_US;
const PACKETS_DEFAULT = 10;

const SPIN_WANTS_A_CPU =
  'A thread that never sleeps takes a whole CPU. Name the one that is isolated for it, such as affinity: [3] (kernel parameter isolcpus=3), or leave spin out.';

interface Timing {
  readonly intervalUs: number;
  readonly timeoutUs: number;
}

export const heartbeatSchema: z.ZodType<HeartbeatConfig> = z
  .strictObject({
    interval: durationUs(
      { min: INTERVAL_US_MIN, max: 60 * SECOND_US },
      'Time between two beats to a peer; left out: timeout / packets',
    ).optional(),
    timeout: durationUs(
      { min: 2 * INTERVAL_US_MIN, max: 600 * SECOND_US },
      "Silence after which a peer has failed (BeatTimeout), and an owner's lease; default 1s",
    ).optional(),
    packets: z.int().min(2).max(1000).optional().meta({ description: 'Beats in the time-out (BeatPackets); default 10' }),
    format: z.enum(['binary', 'xml']).default('binary').meta({ description: 'binary: compact. xml: readable, and for foreign nodes' }),
    relays: z
      .boolean()
      .default(true)
      .meta({ description: 'Two nodes that hear each other on no network speak through a third; the same on all nodes' }),
    priority: z.int().min(0).max(99).default(50).meta({ description: 'SCHED_FIFO priority of the beat thread; 0: ordinary scheduling' }),
    affinity: z.array(z.int().min(0).max(1023)).default([]).meta({ description: 'CPUs that the beat thread may use; empty: any' }),
    second_thread: z
      .boolean()
      .default(true)
      .meta({ description: 'A second beat thread on other CPUs says "I live" while the first one is late, for a second at most' }),
    spin: z.boolean().default(false).meta({ description: 'The beat thread never sleeps; wants one CPU in affinity, and takes all of it' }),
    busy_poll: durationUs(
      { min: 1, max: 1000 },
      'SO_BUSY_POLL: how long the kernel polls the NIC for a beat; left out: not at all',
    ).optional(),
    cpu_latency: durationUs(
      { min: 0, max: 10_000 },
      'PM-QoS, for as long as it runs: CPUs sleep no deeper than what wakes within this, with 0s not at all; left out: as they like',
    ).optional(),
    nic_policy: z
      .enum(['first', 'last'])
      .default('last')
      .meta({ description: 'A node fails with any of its active NICs (first), or when all are silent (last)' }),
    port: port('UDP port of the beats (BeatPort)', 525),
  })
  .transform((section, context) => {
    const { format, relays, priority, affinity, nic_policy: nicPolicy } = section;
    const timing = timingOf(section.interval, section.timeout, section.packets);
    if (typeof timing === 'string') {
      context.addIssue({ code: 'custom', path: [section.timeout === undefined ? 'interval' : 'timeout'], message: timing });
      return z.NEVER;
    }
    if (section.spin && affinity.length !== 1) {
      context.addIssue({ code: 'custom', path: ['spin'], message: SPIN_WANTS_A_CPU });
      return z.NEVER;
    }
    const isolation = {
      secondThread: section.second_thread,
      spin: section.spin,
      busyPollUs: section.busy_poll ?? 0,
      cpuLatencyUs: section.cpu_latency ?? null,
    };
    return {
      ...timing,
      isolation,
      packets: Math.floor(timing.timeoutUs / timing.intervalUs),
      format,
      relays,
      priority,
      affinity,
      nicPolicy,
      port: section.port,
    };
  });

function timingOf(intervalUs: number | undefined, timeoutUs: number | undefined, packets: number | undefined): Timing | string {
  if (intervalUs !== undefined && timeoutUs !== undefined && packets !== undefined && intervalUs * packets !== timeoutUs) {
    return `timeout, interval and packets contradict each other: ${packets} x ${formatDurationUs(intervalUs)} is not ${formatDurationUs(timeoutUs)}. Leave one of them out.`;
  }
  const timeout = timeoutUs ?? (intervalUs === undefined ? TIMEOUT_US_DEFAULT : intervalUs * (packets ?? PACKETS_DEFAULT));
  const interval = intervalUs ?? Math.floor(timeout / (packets ?? PACKETS_DEFAULT));
  if (interval < INTERVAL_US_MIN) {
    return `${packets ?? PACKETS_DEFAULT} beats in ${formatDurationUs(timeout)} are one every ${formatDurationUs(interval)}. The shortest interval is ${formatDurationUs(INTERVAL_US_MIN)}.`;
  }
  if (timeout < 2 * interval) {
    return `The time-out ${formatDurationUs(timeout)} is shorter than two intervals of ${formatDurationUs(interval)}: one lost beat would fail a node. Make it ${formatDurationUs(5 * interval)} or more.`;
  }
  return { intervalUs: interval, timeoutUs: timeout };
}
