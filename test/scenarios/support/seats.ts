// The engines' beats in a transcript: ten times a beat time-out owners claim, candidates ask, and everybody judges whom
// it watches. Beats carry claims and asks only to whom they are sent, as in the real engine.
import type { Epoch, NodeId } from '../../../lib/protocol/types.ts';
import { quorumOf } from '../../../lib/protocol/quorum.ts';
import type { Hearing, Host } from './host.ts';
import { nameOfSeat, onClaim, onReleased, type Seat, vote, wantedEpoch, wouldAnswer } from './seat.ts';
import type { World } from './world.ts';

export class Seats {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  beat(): void {
    for (const host of this.#world.hosts) if (host.awake) for (const seat of host.openSeats) this.#claim(host, seat);
    for (const host of this.#world.hosts) if (host.awake) for (const seat of host.openSeats) this.ask(host, seat);
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

  /** Those that know of the seat, with what they know of it. */
  #registers(host: Host, { number }: Seat): { readonly voter: Host; readonly reg: Seat }[] {
    return this.#voters(host).flatMap((voter) => {
      const reg = voter.seats.get(number);
      return reg?.exists === true ? [{ voter, reg }] : [];
    });
  }

  #claim(host: Host, seat: Seat): void {
    const { config } = host;
    const { nowMs } = this.#world;
    if (seat.phase === 'none') return;
    const leaseMs = config.leaseUs / 1000;
    const voters = this.#registers(host, seat);
    const grants = voters.filter(({ reg }) => onClaim(reg, host.id, seat.epoch, leaseMs, nowMs)).length;
    for (const { voter, reg } of voters)
      if (voter !== host && reg.promised === seat.epoch && seat.phase === 'owned') this.#tellHolder(voter, reg, host, seat);
    if (grants >= quorumOf(config)) {
      seat.expiresMs = nowMs + leaseMs;
      if (seat.phase === 'lapsed') this.#news(host, seat, 'regained', seat.epoch);
      seat.phase = 'owned';
    } else if (seat.phase === 'owned' && nowMs >= seat.expiresMs) {
      seat.phase = 'lapsed';
      this.#news(host, seat, 'lapsed', seat.epoch);
    }
  }

  readonly #told = new Map<string, string>();

  #tellHolder(voter: Host, reg: Seat, owner: Host, { number, epoch }: Seat): void {
    const what = `${voter.boot} ${owner.id} ${epoch}`;
    if (this.#told.get(`${voter.id} ${number}`) === what) return;
    this.#told.set(`${voter.id} ${number}`, what);
    this.#world.soon(() => voter.feed({ type: 'holder', seat: number, node: owner.id, epoch }));
    // Another's valid claim of a later epoch ends an owner's own.
    if (reg.phase !== 'none' && reg.epoch < epoch && quorumOf(voter.config) > 1) {
      if (reg.phase === 'owned') this.#news(voter, reg, 'lapsed', reg.epoch);
      reg.phase = 'none';
    }
  }

  /** Asks if it may, and takes the seat with the votes of a majority. */
  ask(host: Host, seat: Seat): void {
    const { config } = host;
    const { nowMs } = this.#world;
    const intervalMs = config.beatTimeoutMs / config.beatPackets;
    const epoch = host.awake && seat.exists ? wantedEpoch(seat, host.id, intervalMs, nowMs) : null;
    if (epoch === null) return;
    const voters = this.#registers(host, seat);
    const willing = voters.filter(({ reg }) => wouldAnswer(reg, host.id, epoch, seat.ordersId, nowMs) === 'yes');
    if (willing.length < quorumOf(config) || (config.voters.includes(host.id) && !willing.some(({ voter }) => voter === host))) {
      this.#refusals(host, seat, epoch, voters);
      return;
    }
    const leaseMs = config.leaseUs / 1000;
    for (const { reg } of willing) vote(reg, host.id, epoch, leaseMs, nowMs);
    Object.assign(seat, { phase: 'owned', epoch, expiresMs: nowMs + leaseMs, standing: false, invited: 0n });
    this.#news(host, seat, 'acquired', epoch);
  }

  #refusals(host: Host, seat: Seat, epoch: Epoch, voters: readonly { readonly voter: Host; readonly reg: Seat }[]): void {
    for (const { voter, reg } of voters) {
      const answer = wouldAnswer(reg, host.id, epoch, seat.ordersId, this.#world.nowMs);
      if (answer === 'yes' || answer === 'held' || answer === 'quiet' || voter === host) continue;
      const { promised, number } = reg;
      this.#world.soon(() => host.feed({ type: 'refused', seat: number, node: voter.id, answer, epoch: promised }));
      if (answer === 'reserve') this.#world.soon(() => voter.feed({ type: 'reserveNeeded', seat: number, epoch }));
    }
  }

  released(owner: Host, seat: Seat, epoch: Epoch, successor: NodeId): void {
    for (const { voter, reg } of this.#registers(owner, seat)) {
      if (voter === owner) continue;
      onReleased(reg, owner.id, epoch);
      if (voter.id === successor) reg.invited = epoch + 1n;
    }
    const next = this.#world.hosts.find((host) => host.id === successor);
    const theirs = next?.seats.get(seat.number);
    if (next !== undefined && theirs !== undefined) this.ask(next, theirs);
  }

  #news(host: Host, seat: Seat, news: 'acquired' | 'lapsed' | 'regained', epoch: Epoch): void {
    this.#world.say(host, 'seat', `${nameOfSeat(seat)} ${news}, epoch ${epoch}`);
    this.#world.soon(() => host.feed({ type: 'seat', news, seat: seat.number, epoch }));
  }

  #judge(host: Host): void {
    for (const other of this.#world.hosts) {
      if (other === host) continue;
      const owns = (one: Host, voter: Host): boolean =>
        one.openSeats.some(({ phase }) => phase !== 'none') && one.config.voters.includes(voter.id);
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
