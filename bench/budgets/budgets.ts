// The rows of 'Budgets' in the design: what may be spent, what was measured, and, where that is more, why and what was tried.
import { figure } from '../support/figures.ts';
import { commitUs, failover, type Results } from './results.ts';

export interface Found {
  readonly text: string;
  readonly isMet: boolean;
}

export interface Budget {
  readonly what: string;
  readonly budget: string;
  /** Null: not measured. */
  readonly measured: (results: Results) => Found | null;
  /** Shown where it is missed. */
  readonly reason: string;
}

const LEASE_MS = 3;
const AS_MUCH = 1.1; // of what varies from run to run
const BARE = 'bare program 1 ms x 3';
const NO_FAULT = 'nothing, loaded';

/** The client's gap in the median. */
function gap(fault: string, limitMs: number): Budget['measured'] {
  return (results) => {
    const row = failover(results, fault);
    if (row?.gapMs == null) return null;
    const { median, p99 } = row.gapMs;
    return { text: `${figure(median)} ms median, ${figure(p99)} p99, ${row.runs} runs`, isMet: median <= limitMs };
  };
}

function latency(name: string, limitUs: number): Budget['measured'] {
  return ({ native }) => {
    const found = native.latencies?.find((each) => each.name.startsWith(name));
    return found === undefined ? null : { text: `${figure(found.medianUs)} us median`, isMet: found.medianUs <= limitUs };
  };
}

function agreement(form: string, limitUs: number): Budget['measured'] {
  return (results) => {
    const own = commitUs(results, `Heartwire ${form}, at the manager`);
    if (own === null) return null;
    const beside = [
      ['an etcd put', 'etcd put over HTTP, memory-backed disk'],
      ['bare datagrams between Node programs', `bare datagrams of node:dgram, ${form}`],
    ].flatMap(([name = '', what = '']) => {
      const medianUs = commitUs(results, what);
      return medianUs === null ? [] : [`${name} ${figure(medianUs / 1000)} ms`];
    });
    const text = [`${figure(own / 1000)} ms median`, ...(beside.length === 0 ? [] : [`in the same run ${beside.join(', ')}`])].join('; ');
    return { text, isMet: own <= limitUs };
  };
}

const silent: Budget['measured'] = (results) => {
  const [own, bare] = [failover(results, 'silent'), failover(results, 'silent', BARE)];
  if (own?.gapMs == null) return null;
  const ratio = bare?.gapMs == null ? null : own.gapMs.median / bare.gapMs.median;
  const beside = ratio === null ? 'the bare program was not run beside it' : `${figure(ratio)} x the bare program`;
  return {
    text: `${figure(own.gapMs.median)} ms median, ${beside}, ${own.runs} runs`,
    isMet: own.gapMs.median <= 3 && ratio !== null && ratio <= 1.15,
  };
};

const loopsBlocked: Budget['measured'] = (results) => {
  const [blocked, turning] = [failover(results, 'event loop blocked'), failover(results, 'silent')];
  if (blocked?.gapMs == null || turning?.gapMs == null) return null;
  return {
    text: `${figure(blocked.gapMs.median)} ms median of ${blocked.runs}, ${figure(turning.gapMs.median)} where loops turn; ${blocked.falseTakeovers} other moves`,
    isMet: blocked.gapMs.median <= turning.gapMs.median * AS_MUCH && blocked.falseTakeovers === 0,
  };
};

const falseTakeovers: Budget['measured'] = (results) => {
  const [own, rival] = [failover(results, NO_FAULT), failover(results, NO_FAULT, 'keepalived 10 ms x 3')];
  if (own === null) return null;
  const beside = rival === null ? '' : `; keepalived at its floor: ${rival.falseTakeovers} in ${rival.runs}`;
  return { text: `${own.falseTakeovers} in ${own.runs} loaded minutes${beside}`, isMet: own.falseTakeovers === 0 && own.runs >= 10 };
};

const killed: Budget['measured'] = (results) => {
  const row = failover(results, 'daemon killed');
  if (row?.takenMs == null) return null;
  const { median, max } = row.takenMs;
  const text = `${figure(median)} ms median, ${figure(max)} worst of ${row.runs}, ${row.orphans} orphans`;
  return { text, isMet: median <= 0.6 && max <= 1.5 && row.orphans === 0 };
};

const stopped: Budget['measured'] = (results) => {
  const row = failover(results, 'daemon stopped');
  if (row?.takenMs == null) return null;
  const { median } = row.takenMs;
  const text = `${figure(median)} ms median until the new owner answers, old answers in ${row.oldAnswered} of ${row.runs} runs`;
  return { text, isMet: median <= LEASE_MS + 0.5 && row.oldAnswered === 0 };
};

const secondAdapter: Budget['measured'] = (results) => {
  const row = failover(results, 'carrier lost, second adapter');
  if (row?.gapMs == null) return null;
  const text = `${figure(row.gapMs.median)} ms median, ${row.falseTakeovers} moves to another node in ${row.runs} runs`;
  return { text, isMet: row.gapMs.median <= 1 && row.falseTakeovers === 0 };
};

const networkSilent: Budget['measured'] = (results) => {
  const row = failover(results, 'one network silent');
  if (row?.gapMs == null) return null;
  return {
    text: `${row.falseTakeovers} moves in ${row.runs} runs, longest silence ${figure(row.gapMs.max)} ms`,
    isMet: row.falseTakeovers === 0,
  };
};

const safe: Budget['measured'] = ({ failover: { rows = [] } }) => {
  const own = rows.filter(({ system, fault }) => system.startsWith('heartwire') && fault !== NO_FAULT);
  const sum = (of: (row: (typeof own)[number]) => number): number => own.reduce((total, row) => total + of(row), 0);
  const [faults, old, orphans] = [sum(({ runs }) => runs), sum(({ oldAnswered }) => oldAnswered), sum((row) => row.orphans)];
  if (faults === 0) return null;
  return { text: `${faults} faults: old answers in ${old}, ${orphans} orphans`, isMet: faults >= 500 && old === 0 && orphans === 0 };
};

const peers: Budget['measured'] = ({ scale }) => {
  const row = scale.rows?.find((each) => each.peers === 1000);
  return row === undefined ? null : { text: `${figure(row.ratio)} x the floor at 1,000 peers`, isMet: row.ratio <= 1.3 };
};

const state: Budget['measured'] = ({ native }) => {
  const row = native.rows?.find(({ name }) => name === 'page: seat as of one moment');
  return row === undefined ? null : { text: `${figure(row.ns)} ns`, isMet: row.ns <= 50 };
};

const AGREEMENT =
  'three bare Node programs do with the same datagrams in two thirds of the budget (bench/results/commit.md), so the machine allows it, and the rest is Heartwire: processor time. Three nodes share two cores, and the turns of a proposer (80 us from a datagram to the next) and of two voters (60 us each) come one after the other (a trace of the scheduler), most of it code that has just fallen out of the caches: the protocol of all three takes 16 us in a loop. A quarter is the kernel (sending, waking). Tried and kept, against the version of a session before in turns (513 us and 300): what an operation cannot have changed is not looked at, instances change in place, messages are decoded where they land, frequent ones are arrays, nobody is told of deliveries, and while one network answers no copies go over the others. Kept before: JavaScript sends and receives in the message thread\'s place, one datagram for what one turn says, votes that wait for company. Tried and not kept: a vote sent before the end of its turn, JavaScript woken for the last vote only, fewer looks of the message thread, pipes instead of eventfds (see ARCHITECTURE.md, "Agreement costs more than the budget"). With each node bound to a core, since CPUs stay awake: 170 to 224 us instead of 203 to 215, in turns: nothing; nor with larger pages, a larger young generation, or garbage collected on one thread';

export const budgets: readonly Budget[] = [
  {
    what: "no answer of an old owner after the new one's first, no orphan (may not be missed)",
    budget: 'none in 500 faults',
    measured: safe,
    reason: 'fewer than 500 faults were measured (`--resume` goes on)',
  },
  {
    what: "silent node, client's gap (1 ms x 3)",
    budget: '3.0 ms median, at most 1.15 x the bare program',
    measured: silent,
    reason:
      'a few per cent over the median where it is missed: the successor asks the third node for its vote when the grant has run out (one round trip), and every frame is authenticated; the bare program does neither. A request may not wait at a voter for the end of its grant (a parked request blocks others). Tried and not kept: asking half a round trip before the grant ends (medians of 48 runs each in turns: 3.05 ms before and 3.04 after, where packets are dropped 2.92 and 3.01)',
  },
  {
    what: 'false takeovers under load (1 ms x 3)',
    budget: 'none in 10 minutes',
    measured: falseTakeovers,
    reason:
      'fewer than ten minutes were watched; or, where there were any, a virtual machine whose CPUs were taken away together for longer than the lease: on the machine at hand every few seconds (both CPUs 20 to 40 times slower for 3 ms and more, in a trace of the scheduler), after which an owner is granted its seat anew',
  },
  {
    what: 'daemon killed until the new owner answers',
    budget: '0.6 ms median, 1.5 worst of 100, no orphan',
    measured: killed,
    reason:
      "counted from before the signal is sent by a process of ordinary priority, and the daemon dies when it is next scheduled: in the worst run of 2026-11-21 (2.95 ms) the client's own gap was 0.59 ms. The client's gap, from the last answer, is in the table of bench:failover",
  },
  {
    what: 'daemon stopped (1 ms x 3)',
    budget: `lease + 0.5 ms = ${LEASE_MS + 0.5} ms, no old answer`,
    measured: stopped,
    reason: 'up to one interval passes between the stop and the beat that is missed first',
  },
  {
    what: "planned move, client's gap",
    budget: '0.2 ms median',
    measured: gap('planned move', 0.2),
    reason:
      'threads that sleep are woken one after the other, on two CPUs that three nodes, their services and the client share. A move of 0.41 ms in a trace of the scheduler: 0.05 until the owner has closed its guard and asked its egress queue, 0.13 until the successor runs (the beat threads of all nodes are on one CPU: the owner sends to all first), 0.10 until it has added and announced the address, 0.12 until the next question is answered (one comes every 0.1 ms). Tried and kept: the guard is closed and answered for before the kernel takes the address off; the vote of the owner comes with its release, which saves a round trip; the ARP of others wakes no address thread that holds nothing: 0.70 ms before and 0.47 after, in turns (24 moves each, on a loaded machine). Kept since: the address on at the successor beforehand, behind its closed guard; the owner closes its guard by a store where its interfaces have no queue; others hear of it later: 0.51 before and 0.38 after, in turns (30 moves each, on a loaded machine). What is left, by seven moves in a trace of the engines: 0.04 to 0.14 from the closed guard until the successor has won (the old owner sends on both networks first), 0.06 to 0.11 until the address thread has announced it, and the next question. Not tried: the announcement by the beat thread itself',
  },
  {
    what: 'carrier lost on the service NIC, to the standby NIC',
    budget: '1 ms, no role change',
    measured: secondAdapter,
    reason:
      'until now the longest silence in the whole second after it was counted, and the machine stalls more often than that: in 15 of the 16 runs with a gap the client itself had been late by two thirds of it or more (27.1 ms: 22.6). Counted for what begins within 100 ms, 22 of 25 runs were under 1 ms and the worst 2.07. The kernel tells of a lost carrier from a work queue of ordinary priority, 0.8 to 1.9 ms after the port was told to go down (12 of 12), and the address moves at once; silence alone would take the time-out, 3 ms',
  },
  { what: 'one network silent', budget: 'no role change', measured: networkSilent, reason: '' },
  {
    what: 'event loops blocked for 10 s, then silent',
    budget: 'as without',
    measured: loopsBlocked,
    reason: '',
  },
  {
    what: 'two-phase commit over three nodes, from Node',
    budget: '0.2 ms median',
    measured: agreement('two-phase', 200),
    reason: AGREEMENT,
  },
  { what: 'three-phase commit', budget: '0.3 ms median', measured: agreement('three-phase', 300), reason: AGREEMENT },
  {
    what: 'heartbeats, CPU for a send',
    budget: '1.3 x the bare sendmmsg floor',
    measured: peers,
    reason:
      'of its beat thread four fifths are the kernel (sending, receiving, waking), a tenth AES-256-GCM tags made and checked (160 to 190 ns each with 4,000 keys in turn), 7 % the engine; the floor does neither of the two. Tried: judging only the links that a peer has (kept; 1.27 x before and 1.19 x after, medians of 16 interleaved runs on another, loaded machine, whose spread is larger than that); tags by parameters of OpenSSL instead of its controls (28 ns less a tag: not kept)',
  },
  { what: 'address added and announced', budget: '60 us', measured: latency('one IPv4 address: decided -> announced', 60), reason: '' },
  { what: 'state of a seat read from JavaScript', budget: '50 ns', measured: state, reason: '' },
  {
    what: 'native event to JavaScript callback',
    budget: '30 us median',
    measured: latency('event on the beat thread -> callback, the loop asleep', 30),
    reason:
      'an event loop that sleeps in epoll is woken by an eventfd: the wake-up of the idle virtual CPU is most of it; with a loop that is awake see bench/results/native.md',
  },
];
