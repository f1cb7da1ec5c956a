// How messages between nodes are carried: the five message parameters of P2, in the ranges that the message thread
// itself keeps (native/core/message/message_parameters.h), so that a value that it would refuse never reaches it.
import { z } from 'zod';
import type { MessagesConfig } from '../config.ts';
import { durationUs } from './duration.ts';
import { port, SECOND_US } from './words.ts';

export const messagesSchema: z.ZodType<MessagesConfig> = z
  .strictObject({
    port: port('UDP port of the messages between nodes (SRDMS)', 1199),
    fragment_size: z.int().min(256).max(1400).default(1200).meta({
      description:
        'Longest fragment of a message, in bytes; on the wire at most 112 more (292 with `multicast`), which every network must carry in one packet',
    }),
    retry_timer: durationUs(
      { min: 500, max: 5 * SECOND_US },
      'After so long without an answer a fragment is sent again, over another network; it doubles each time',
    ).prefault('20ms'),
    retry_time_max: durationUs(
      { min: 10_000, max: 600 * SECOND_US },
      'A peer that acknowledges nothing for so long gets the message no more; its sender is told. Whole milliseconds',
    )
      .refine((value) => value % 1000 === 0, { error: 'has a part of a millisecond. Choose whole milliseconds, such as 5000ms.' })
      .prefault('5s'),
    queue_overflow_threshold: z.int().min(1).max(1_000_000).default(1024).meta({
      description: 'Messages that wait for one peer, or operations for the manager; beyond it a sender is refused (HW_QUEUE_OVERFLOW)',
    }),
    send_window: z.int().min(1).max(256).default(32).meta({ description: 'Fragments to one peer that may be unacknowledged at once' }),
    keep_awake: z.boolean().default(true).meta({
      description:
        'While messages follow each other closely the CPUs of this machine do not sleep, so that nothing waits for one to wake (PM-QoS)',
    }),
  })
  .transform((section) => ({
    port: section.port,
    keepAwake: section.keep_awake,
    parameters: {
      fragmentBytesMax: section.fragment_size,
      retryTimerUs: section.retry_timer,
      retryTimeMaxMs: section.retry_time_max / 1000,
      queueOverflowThreshold: section.queue_overflow_threshold,
      sendWindow: section.send_window,
    },
  }));
