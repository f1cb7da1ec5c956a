// What `import ... from 'heartwire'` offers. Everything else may change without notice.
export { Cluster, type ClusterEventMap, type JoinOptions } from './api/cluster.ts';
export type { ProposeOptions } from './api/operation.ts';
export type { ConfigurationApplied, ConfigurationCalls, ConfigurationEdited } from './api/configurations.ts';
export { connect, type Daemon } from './api/daemon.ts';
export type { EventName, HeartwireEvent, PublicDescription } from './api/event.ts';
export type { EventQueue } from './api/event-queue.ts';
export type { PauseOptions } from './api/pause.ts';
export type { ParameterReport, Parameters, ParameterScope, ParameterStatus, SetParameterOptions } from './api/parameters.ts';
export type { NodeReference } from './api/node-reference.ts';
export type { ClusterStatus, Degradation } from './api/status.ts';
export type { ClusterConfig } from './config/config.ts';
export { type LoadedConfig, loadConfig, parseConfig } from './config/load.ts';
export type { Override, Overrides } from './config/overrides.ts';
export { type FieldChange, type Plan, type PlanStep, planOf } from './config/versions/plan.ts';
export { type ErrorCode, type ErrorRecord, HeartwireError } from './errors.ts';
export type { NoticeHands, NoticeSource, NoticeType } from './runtime/notices/source.ts';
export type { MemberId, NodeId, PreferredRole, Role } from './protocol/types.ts';
export type {
  AddressStatus,
  ConfigurationReport,
  ConfigurationVersion,
  ResourceStatus,
  LinkStatus,
  Logger,
  NodeState,
  NodeStatus,
  PeerPathStatus,
  QuorumStatus,
  RuntimeStatus,
  Timings,
} from './runtime/types.ts';
