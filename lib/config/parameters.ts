// The communication parameters in the configuration (P2): what it says before anything was set, and a configuration with what
// was set written into it, as every node keeps it (P1).
import type { ParameterBase, ParameterSet } from '../protocol/parameters/settings.ts';
import { valueOfCluster } from '../protocol/parameters/settings.ts';
import { timingOfCluster } from '../protocol/parameters/checking.ts';
import type { ClusterConfig } from './config.ts';

export function parameterBaseOf({ heartbeat, messageParameters }: ClusterConfig): ParameterBase {
  const { intervalUs, timeoutUs, packets } = heartbeat;
  return {
    'heartbeat.interval': intervalUs,
    // Where whole intervals make the time-out, it follows the interval.
    'heartbeat.beat_timeout': packets * intervalUs === timeoutUs ? 0 : Math.ceil(timeoutUs / packets),
    'heartbeat.ack_timeout': timeoutUs,
    'heartbeat.failure_threshold': packets,
    'heartbeat.ack_failure_threshold': 0,
    'heartbeat.receive_send_ratio': 1,
    'messages.fragment_size': messageParameters.fragmentBytesMax,
    'messages.retry_timer': messageParameters.retryTimerUs,
    'messages.retry_time_max': messageParameters.retryTimeMaxMs,
    'messages.queue_overflow_threshold': messageParameters.queueOverflowThreshold,
    'messages.send_window': messageParameters.sendWindow,
  };
}

/** The cluster's values in the places of the configuration that they have. */
export function configWith(config: ClusterConfig, set: ParameterSet): ClusterConfig {
  if (set.settings.length === 0) return config;
  const base = parameterBaseOf(config);
  const { intervalUs, silenceUs: timeoutUs } = timingOfCluster(set, base);
  return {
    ...config,
    heartbeat: { ...config.heartbeat, intervalUs, timeoutUs, packets: Math.floor(timeoutUs / intervalUs) },
    messageParameters: {
      fragmentBytesMax: valueOfCluster(set, base, 'messages.fragment_size'),
      retryTimerUs: valueOfCluster(set, base, 'messages.retry_timer'),
      retryTimeMaxMs: valueOfCluster(set, base, 'messages.retry_time_max'),
      queueOverflowThreshold: valueOfCluster(set, base, 'messages.queue_overflow_threshold'),
      sendWindow: valueOfCluster(set, base, 'messages.send_window'),
    },
  };
}
