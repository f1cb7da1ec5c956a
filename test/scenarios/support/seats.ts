// The engines' beats in a transcript: ten times a beat time-out owners claim, candidates ask, and everybody judges whom
// it watches. Beats carry claims and asks only to whom they are sent, as in the real engine.
import type { Epoch, NodeId } from '../../../lib/protocol/types.ts';
import { quorumOf } from '../../../lib/protocol/quorum.ts';
import type { Hearing, Host } from './host.ts';
import { onClaim, onReleased, vote, wantedEpoch, wouldAnswer } from './seat.ts';
import type { World } from './world.ts';

export class Seats {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  beat(): void {
    for (const host of this.#world.hosts) if (host.awake) this.#claim(host);
    for (const host of this.#world.hosts) if (host.awake) this.ask(host);
    for (const host of this.#world.hosts) if (host.awake) this.#judge(host);
  }

  /** Voters whom the host's claims and asks reach and who answer, itself included: these go to every voter with a session. */
  #voters(host: Host): Host[] {
    return host.config.voters
      .map((id) => this.#world.host(id))
      .filter((voter) => voter.awake && (voter === host || (this.#session(host, voter) && this.#meet(host, voter))));
  }

  #session(left: Host, right: Host): boolean {
    return left.beatSessions.get(right.id) === right.boot && right.beatSessions.get(left.id) === left.boot;
  }

  #meet(left: Host, right: Host): boolean {
    return this.#world.links.networks.some((_, network) => this.#world.links.bothWays(left.id, right.id, network));
  }

  #claim(host: Host): void {
    const { seat, config } = host;
    const { nowMs } = this.#world;
    if (seat.phase === 'none') return;
    const leaseMs = config.leaseUs / 1000;
    const voters = this.#voters(host);
    const grants = voters.filter((voter) => onClaim(voter.seat, host.id, seat.epoch, leaseMs, nowMs)).length;
    for (const voter of voters) {
      if (voter.seat.promised < seat.epoch || voter === host) continue;
      if (voter.seat.promised === seat.epoch && seat.phase === 'owned') this.#tellHolder(voter, host);
    }
    if (grants >= quorumOf(config)) {
      seat.expiresMs = nowMs + leaseMs;
      if (seat.phase === 'lapsed') this.#news(host, 'regained', seat.epoch);
      seat.phase = 'owned';
    } else if (seat.phase === 'owned' && nowMs >= seat.expiresMs) {
      seat.phase = 'lapsed';
      this.#news(host, 'lapsed', seat.epoch);
    }
  }

  readonly #told = new Map<NodeId, string>();

  #tellHolder(voter: Host, owner: Host): void {
    const what = `${voter.boot} ${owner.id} ${owner.seat.epoch}`;
    if (this.#told.get(voter.id) === what) return;
    this.#told.set(voter.id, what);
    const { epoch } = owner.seat;
    this.#world.soon(() => voter.feed({ type: 'holder', seat: 0, node: owner.id, epoch }));
    // Another's valid claim of a later epoch ends an owner's own.
    if (voter.seat.phase !== 'none' && voter.seat.epoch < epoch && quorumOf(voter.config) > 1) {
      if (voter.seat.phase === 'owned') this.#news(voter, 'lapsed', voter.seat.epoch);
      voter.seat.phase = 'none';
    }
  }

  /** Asks if it may, and takes the seat with the votes of a majority. */
  ask(host: Host): void {
    const { seat, config } = host;
    const { nowMs } = this.#world;
    const intervalMs = config.beatTimeoutMs / config.beatPackets;
    const epoch = host.awake ? wantedEpoch(seat, host.id, intervalMs, nowMs) : null;
    if (epoch === null) return;
    const voters = this.#voters(host);
    const willing = voters.filter((voter) => wouldAnswer(voter.seat, host.id, epoch, seat.ordersId, nowMs) === 'yes');
    if (willing.length < quorumOf(config) || (config.voters.includes(host.id) && !willing.includes(host))) {
      this.#refusals(host, epoch, voters);
      return;
    }
    const leaseMs = config.leaseUs / 1000;
    for (const voter of willing) vote(voter.seat, host.id, epoch, leaseMs, nowMs);
    Object.assign(seat, { phase: 'owned', epoch, expiresMs: nowMs + leaseMs, standing: false, invited: 0n });
    this.#news(host, 'acquired', epoch);
  }

  #refusals(host: Host, epoch: Epoch, voters: readonly Host[]): void {
    for (const voter of voters) {
      const answer = wouldAnswer(voter.seat, host.id, epoch, host.seat.ordersId, this.#world.nowMs);
      if (answer === 'yes' || answer === 'held' || answer === 'quiet' || voter === host) continue;
      const { promised } = voter.seat;
      this.#world.soon(() => host.feed({ type: 'refused', seat: 0, node: voter.id, answer, epoch: promised }));
      if (answer === 'reserve') this.#world.soon(() => voter.feed({ type: 'reserveNeeded', seat: 0, epoch }));
    }
  }

  released(owner: Host, epoch: Epoch, successor: NodeId): void {
    for (const voter of this.#voters(owner)) {
      if (voter === owner) continue;
      onReleased(voter.seat, owner.id, epoch);
      if (voter.id === successor) voter.seat.invited = epoch + 1n;
    }
    const next = this.#world.hosts.find((host) => host.id === successor);
    if (next !== undefined) this.ask(next);
  }

  #news(host: Host, news: 'acquired' | 'lapsed' | 'regained', epoch: Epoch): void {
    this.#world.say(host, 'seat', `seat ${news}, epoch ${epoch}`);
    this.#world.soon(() => host.feed({ type: 'seat', news, seat: 0, epoch }));
  }

  #judge(host: Host): void {
    for (const other of this.#world.hosts) {
      if (other === host) continue;
      const owns = (one: Host, voter: Host): boolean => one.seat.phase !== 'none' && one.config.voters.includes(voter.id);
      const beats =
        host.peers.get(other.id)?.beat === true || other.peers.get(host.id)?.beat === true || owns(host, other) || owns(other, host);
      const meets = this.#session(host, other);
      const hearing = host.hearing.get(other.id) ?? { heardMs: [-1, -1], linkUp: [false, false], up: false, condemned: false };
      host.hearing.set(other.id, hearing);
      this.#hear(host, other, hearing, beats && meets && other.awake);
    }
  }

  #hear(host: Host, other: Host, hearing: Hearing, beats: boolean): void {
    const { nowMs, links } = this.#world;
    const silentMs = host.peers.get(other.id)?.silenceMs ?? host.config.beatTimeoutMs;
    let lives = false;
    for (const network of links.networks.keys()) {
      if (beats && links.bothWays(host.id, other.id, network)) hearing.heardMs[network] = nowMs;
      const last = hearing.heardMs[network] ?? -1;
      const up = last >= 0 && nowMs - last < silentMs;
      if (up) lives = true;
      if (up !== (hearing.linkUp[network] ?? false)) {
        hearing.linkUp[network] = up;
        this.#world.soon(() => host.feed({ type: up ? 'linkUp' : 'linkDown', node: other.id, link: network }));
      }
    }
    const setting = host.peers.get(other.id);
    if (lives && !hearing.up) {
      Object.assign(hearing, { up: true, condemned: false });
      this.#world.soon(() => host.feed({ type: 'nodeUp', node: other.id }));
    } else if (!lives && setting?.watch === true && !hearing.condemned && nowMs - setting.sinceMs >= silentMs) {
      Object.assign(hearing, { up: false, condemned: true });
      this.#world.say(host, 'beats', `node ${other.id} is silent`);
      this.#world.soon(() => host.feed({ type: 'nodeDown', node: other.id }));
    }
  }
}
