// What must hold in every run: one file each. `check` runs after every event and must be cheap; `settled` runs at
// the end of the healing phase.
import type { World } from '../world.ts';
import { adapterBeforeNode } from './adapter-before-node.ts';
import { allServe } from './all-serve.ts';
import { absenteesStay } from './absentees-stay.ts';
import { parametersAgree } from './parameters-agree.ts';
import { operationsGoOn } from './operations-go-on.ts';
import { noTwoOwners } from './no-two-owners.ts';
import { oneOwnerPerEpoch } from './one-owner-per-epoch.ts';
import { legalTransitions } from './legal-transitions.ts';
import { operationsAgree } from './operations-agree.ts';
import { groupsAreHeld } from './groups-are-held.ts';
import { healsToOneCluster } from './heals-to-one-cluster.ts';
import { oneConfiguration } from './one-configuration.ts';
import { linksFollow } from './links-follow.ts';
import { ownerIsManager } from './owner-is-manager.ts';
import { progressIsTrue } from './progress-is-true.ts';
import { seatsRest } from './seats-rest.ts';
import { returneesDoNoHarm } from './returnees-do-no-harm.ts';

export interface Invariant {
  readonly name: string;
  /** A sentence when broken, else null. */
  readonly check?: (world: World) => string | null;
  readonly settled?: (world: World) => string | null;
}

export const invariants: readonly Invariant[] = [
  noTwoOwners,
  oneOwnerPerEpoch,
  legalTransitions,
  ownerIsManager,
  operationsAgree,
  oneConfiguration,
  linksFollow,
  adapterBeforeNode,
  seatsRest,
  allServe,
  absenteesStay,
  returneesDoNoHarm,
  operationsGoOn,
  parametersAgree,
  progressIsTrue,
  healsToOneCluster,
  groupsAreHeld,
];
