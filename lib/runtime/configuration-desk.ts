// This node's side of edits and reconfigurations: what it keeps on disk at each step, and what programs and people may ask
// for. The order of the steps, and what all members agree on, is the protocol's (lib/protocol/reconfiguration).
import { dirname } from 'node:path';
import { type ClusterConfig, nodeByName, onThisMachine } from '../config/config.ts';
import { parseConfig } from '../config/load.ts';
import { checksumsOf, digestOf, parametersChecksum, wholeDigestOf } from '../config/versions/checksums.ts';
import { hindrance, layoutOf } from '../config/versions/layout.ts';
import { type Plan, planOf } from '../config/versions/plan.ts';
import { overridesOf } from '../config/overrides.ts';
import { parameterBaseOf } from '../config/parameters.ts';
import { configurationWith, sameParameters, textWith } from '../config/written-parameters.ts';
import { HeartwireError } from '../errors.ts';
import type { NodeState } from '../protocol/membership/state.ts';
import { setProblem } from '../protocol/parameters/checking.ts';
import { NOTHING_SET, type ParameterSet } from '../protocol/parameters/settings.ts';
import { EDIT, type Edit } from '../protocol/reconfiguration/edit.ts';
import { RECONFIGURE, type Reconfiguration, reconfigurationIn, roundsFor } from '../protocol/reconfiguration/reconfigure.ts';
import { addedNodes } from '../protocol/reconfiguration/voters.ts';
import type { Active, Configurations, Held, Layout } from '../protocol/reconfiguration/state.ts';
import { nameOf, type ProtocolNumber, type RoundRecord } from '../protocol/rounds/state.ts';
import type { Command, Effect, NodeId, ProtocolConfig } from '../protocol/types.ts';
import { reasonOf } from './beginning.ts';
import { commonLinks, type LinkChanges } from './link-changes.ts';
import type { ConfigurationVersions } from './configuration-versions.ts';
import type { StepAnswer, ResourceSteps } from './resource-steps.ts';
import type { ResourceCommands } from './commands/resource-commands.ts';
import type {
  CommandResult,
  ConfigurationApplied,
  ConfigurationReport,
  Configurations as ConfigurationCalls,
  ConfigurationVersion,
} from './types.ts';

const EDIT_TIMEOUT_MS = 20_000;
const APPLY_TIMEOUT_MS = 60_000;

export interface DeskHands {
  state(): NodeState | null;
  command(command: Command): Promise<CommandResult>;
  /** This configuration runs from now on. @param trouble why this node cannot run all of it */
  use(config: ClusterConfig, trouble: string | null): void;
  readonly steps: ResourceSteps;
  readonly links: LinkChanges;
  /** Addresses are placed by this configuration from now on. */
  place(config: ClusterConfig): void;
  /** Null, or what still lives on an adapter that goes. */
  stranded(after: ClusterConfig): string | null;
  readonly commands: Pick<ResourceCommands, 'narrow' | 'widen' | 'use' | 'stopping'>;
}

export class ConfigurationDesk implements ConfigurationCalls {
  readonly #versions: ConfigurationVersions;
  readonly #node: string;
  /** What the engine, its links and timings are set up by. */
  #carried: ClusterConfig;
  #active: ClusterConfig;
  #hands: DeskHands | null = null;
  /** Written into both configurations. */
  #parameters: ParameterSet = NOTHING_SET;

  /** @param given what this start was given @throws HeartwireError HW_STATE_DIRECTORY */
  constructor(versions: ConfigurationVersions, node: string, given: ClusterConfig) {
    this.#versions = versions;
    this.#node = node;
    versions.start(given, Date.now());
    this.#active = onThisMachine(versions.read(versions.active?.version ?? 0), given);
    nodeByName(this.#active, node);
    this.#carried = this.#active;
  }

  /** What runs. */
  get active(): ClusterConfig {
    return this.#active;
  }

  /** What was set is in force and on disk: so it is in the active and the default configuration (C17). @throws HeartwireError HW_STATE_DIRECTORY */
  useParameters(set: ParameterSet): void {
    this.#parameters = set;
    const checksum = parametersChecksum(configurationWith(this.#active, set));
    this.#versions.noteParameters({ version: nameOf(set.version), checksum }, Date.now());
  }

  /** Null, or why they cannot be written into the default configuration, though what runs could take them. */
  parameterProblem(set: ParameterSet): string | null {
    const wanted = this.#versions.default;
    const problem = wanted === null ? null : setProblem(set, parameterBaseOf(this.#versions.read(wanted.version)));
    return problem === null ? null : `with the default configuration, version ${wanted?.version}: ${problem}`;
  }

  /** Number of the last agreement that took effect here. */
  get inForce(): ProtocolNumber {
    return this.#versions.agreed.seen;
  }

  /** A change that was never acknowledged here, or came to nothing, has left no more than a file. */
  forgetUnsaid(records: readonly RoundRecord[]): void {
    const { temporary } = this.#versions;
    if (temporary === null) return;
    const record = records.find(({ opening }) => nameOf(opening.number) === temporary.protocol);
    if (record === undefined || record.outcome?.committed === false) this.#versions.discard(temporary.protocol);
  }

  /** For the protocol, at a start. */
  agreed(): Pick<ProtocolConfig, 'configurations' | 'voterSet'> {
    const configurations = this.#held();
    return { configurations, voterSet: configurations.active.layout.voterSet };
  }

  #held(): Configurations {
    const { active, default: wanted, agreed, versionMax } = this.#versions;
    const of = (version: number, number: bigint): Held => {
      const config = this.#versions.read(version);
      return { number, version, digest: digestOf(checksumsOf(config)), text: config.text };
    };
    const layout = { ...layoutOf(this.#active, null), voterSet: this.#versions.voterSet };
    return {
      default: of(wanted?.version ?? 0, agreed.default),
      active: { ...of(active?.version ?? 0, agreed.active), layout },
      versionMax,
    };
  }

  begin(hands: DeskHands): void {
    this.#hands = hands;
    // A start in the middle of a change: what had stopped for it is not started.
    if (this.#versions.temporary !== null) hands.commands.narrow(this.#temporaryConfig());
  }

  /** Nobody waits for the machine or the wire any more. */
  end(): void {
    this.#hands?.steps.stop();
  }

  /** Local work of a round. */
  work({ number, kind, round, body }: Extract<Effect, { type: 'work' }>, answer: (answer: StepAnswer) => void): void {
    try {
      if (kind === EDIT) answer(this.#checkEdit(body as Edit));
      else this.#step(number, round, body as Reconfiguration, answer);
    } catch (error) {
      answer({ ok: false, reason: reasonOf(error) });
    }
  }

  #checkEdit({ text, digest }: Edit): StepAnswer {
    const isSame = digestOf(checksumsOf(this.#parse(text))) === digest;
    return isSame ? { ok: true } : { ok: false, reason: 'this node reads the configuration in another way; it may run another release' };
  }

  #step(number: ProtocolNumber, round: number, body: Reconfiguration, answer: (answer: StepAnswer) => void): void {
    const name = roundsFor(body)[round];
    const steps = this.#hands?.steps;
    if (name === 'copy') this.#begin(number, body, answer);
    else if (name === 'identical') answer({ ok: true, payload: this.#temporaryDigest() });
    else if (name === 'set offline') this.#setOffline(number, answer);
    else if (name === 'beats') this.#hear(number, addedNodes(body.from, body.to), answer);
    else if (name === 'stop') this.#stop(number, body, answer);
    else if (name === 'verify') steps?.verify(number, body.from, body.to, answer);
    else {
      if (name === 'acquire') this.#place();
      steps?.settle(number, body.from, body.to, answer);
    }
  }

  #setOffline(number: ProtocolNumber, answer: (answer: StepAnswer) => void): void {
    const after = this.#temporaryConfig();
    if (this.#hands?.links.setOffline(after) !== true) return answer({ ok: true });
    const { stranded } = this.#hands;
    this.#hands.steps.stay(number, commonLinks(this.#active, after, this.#node), () => stranded(after), answer);
  }

  /** Nodes that come, then networks and adapters. */
  #hear(number: ProtocolNumber, added: readonly NodeId[], answer: (answer: StepAnswer) => void): void {
    const after = this.#temporaryConfig();
    const sinceMs = this.#hands?.steps.nowMs() ?? 0;
    this.#hands?.links.open(after);
    this.#hands?.steps.hear(number, added, (heard) => {
      if (!heard.ok) answer(heard);
      else this.#hands?.steps.hearLinks(number, commonLinks(this.#active, after, this.#node), sinceMs, answer);
    });
  }

  /** Those that run here of groups; wherever a group may come to in the meantime, they are not started. */
  #stop(number: ProtocolNumber, { from }: Reconfiguration, answer: (answer: StepAnswer) => void): void {
    const { commands, steps } = this.#must().hands;
    commands.narrow(this.#temporaryConfig());
    steps.stopped(number, () => commands.stopping, longestStopMs(from), answer);
  }

  #place(): void {
    const after = this.#temporaryConfig();
    if (after.nodes.some(({ name }) => name === this.#node)) this.#hands?.place(after);
  }

  #temporaryConfig(): ClusterConfig {
    const version = this.#versions.temporary?.version;
    if (version === undefined) throw HeartwireError.of('HW_REFUSED', { reason: 'this node has no temporary configuration' });
    return onThisMachine(this.#versions.read(version), this.#active);
  }

  /** Before anything has changed it is known whether another host has what is to be acquired. */
  #begin(number: ProtocolNumber, body: Reconfiguration, answer: (answer: StepAnswer) => void): void {
    const copied = this.#copy(number, body);
    if (!copied.ok) answer(copied);
    else this.#hands?.steps.search(number, body.from, body.to, answer);
  }

  #copy(number: ProtocolNumber, { version, digest, base, from, to }: Reconfiguration): StepAnswer {
    const held = this.#hands?.state()?.configurations ?? null;
    const isNew = !from.nodes.includes(nodeByName(this.#active, this.#node).id);
    const isBase = held !== null && held.active.number === BigInt(base) && isEqual(held.active.layout, from);
    if (held === null || !(isNew || isBase)) return { ok: false, reason: 'its active configuration is not the one that is to be changed' };
    if (held.default.digest !== digest)
      return { ok: false, reason: `its default configuration is version ${held.default.version}, not version ${version}` };
    const config = this.#parse(held.default.text);
    if (!isEqual(layoutOf(config, from), to)) return { ok: false, reason: 'it reads the configuration in another way' };
    const missing = this.#hands?.links.missing(config) ?? null;
    if (missing !== null) return { ok: false, reason: missing };
    this.#versions.prepare(nameOf(number));
    return { ok: true };
  }

  #temporaryDigest(): string {
    const { temporary } = this.#versions;
    return temporary === null ? '' : digestOf(checksumsOf(this.#versions.read(temporary.version)));
  }

  keepDefault({ number, version, text }: Held): void {
    this.#versions.keepAgreed(number, version, this.#parse(text), Date.now());
  }

  /** It was decided: what runs follows it, also where it cannot be written. */
  activate(active: Active, protocol: ProtocolNumber | null): void {
    const config = this.#parse(active.text);
    try {
      this.#write(active, config, protocol);
    } finally {
      this.#run(config);
    }
  }

  #write({ number, version, layout }: Active, config: ClusterConfig, protocol: ProtocolNumber | null): void {
    const isPrepared = protocol !== null && this.#versions.temporary?.protocol === nameOf(protocol);
    if (isPrepared) this.#versions.adopt(nameOf(protocol), Date.now(), number, layout.voterSet);
    else this.#versions.adoptAgreed(number, version, config, Date.now(), layout.voterSet);
  }

  #run(config: ClusterConfig): void {
    this.#active = config;
    const other = hindrance(this.#carried, config, planOf(this.#carried, config));
    if (other === null) {
      this.#carried = config;
      this.#hands?.links.settle(config);
    }
    this.#hands?.commands.use(config);
    this.#hands?.use(
      config,
      other === null ? null : `the configuration of the cluster is not the one that this node was started with (${other}): start it anew`,
    );
  }

  undone(number: ProtocolNumber): void {
    try {
      this.#versions.discard(nameOf(number));
    } finally {
      this.#hands?.links.settle(this.#active);
      this.#hands?.place(this.#active);
      this.#hands?.commands.widen();
    }
  }

  #parse(text: string): ClusterConfig {
    const { file, stateDirectory } = this.#active;
    return onThisMachine(parseConfig(text, 'the configuration', dirname(file ?? stateDirectory)).config, this.#active);
  }

  report(): ConfigurationReport {
    const { held } = this.#must();
    const running = reconfigurationIn(this.#hands?.state() ?? null);
    const wanted = this.#parse(held.default.text);
    return {
      active: this.#versionOf(held.active, this.#active),
      default: this.#versionOf(held.default, wanted),
      text: this.#written(wanted).text,
      plan: this.#plan(held),
      parameters: overridesOf(this.#active, this.#parameters),
      running: running === null ? null : nameOf(running),
      history: this.#versions.history,
    };
  }

  #written(config: ClusterConfig): ClusterConfig {
    return configurationWith(config, this.#parameters);
  }

  #versionOf({ version, number }: Held, config: ClusterConfig): ConfigurationVersion {
    const whole = this.#written(config);
    const agreement = number === 0n ? null : nameOf(number);
    return { version, agreement, digest: wholeDigestOf(whole), ...checksumsOf(whole), parameters: parametersChecksum(whole) };
  }

  #plan(held: Configurations): Plan {
    return planOf(this.#written(this.#active), this.#written(this.#parse(held.default.text)));
  }

  /** @param base null: whatever is there @returns the version that it has become */
  async edit(given: string, base: number | null): Promise<{ readonly version: number }> {
    const { held, command } = this.#must();
    const config = this.#editOf(given);
    const { text } = config;
    if (base !== null) this.#versions.mustBeNow(base, config);
    if (base !== null && this.#versions.isDefault(config)) return { version: held.default.version };
    return this.#propose(command, { base, version: 0, digest: digestOf(checksumsOf(config)), text });
  }

  /** What was set stays set, whether the edit names it or not; what nodes send each other never does. */
  #editOf(given: string): ClusterConfig {
    const config = this.#parse(given);
    if (config.parameters.length > 0 && !sameParameters(config.parameters, this.#written(config).parameters))
      throw HeartwireError.of('HW_REFUSED', {
        reason:
          'its section `parameters` is not what was set; `heartwire parameters set` changes that, so leave the section out or as it is',
      });
    this.#parse(this.#written(config).text);
    return { ...config, parameters: [], text: textWith(config.text, []) };
  }

  /** This node's default configuration becomes that of all. */
  async sync(): Promise<{ readonly version: number }> {
    const { held, command } = this.#must();
    const { digest, text } = held.default;
    return this.#propose(command, { base: null, version: 0, digest, text: textWith(text, []) });
  }

  async #propose(command: DeskHands['command'], body: Edit): Promise<{ readonly version: number }> {
    await command({ name: 'propose', kind: EDIT, body, timeoutMs: EDIT_TIMEOUT_MS });
    return { version: this.#must().held.default.version };
  }

  /** The default configuration becomes the active one, everywhere or nowhere. Null: they do not differ. */
  async apply(version: number | null): Promise<ConfigurationApplied | null> {
    const { held, command } = this.#must();
    const { default: wanted, active } = held;
    if (version !== null && version !== wanted.version)
      throw HeartwireError.of('HW_REFUSED', { reason: `the default configuration is version ${wanted.version}, not version ${version}` });
    const plan = this.#plan(held);
    const after = this.#parse(wanted.text);
    if (plan.differs.every((part) => part === 'machine')) return null;
    const other = hindrance(this.#active, after, plan);
    if (other !== null)
      throw HeartwireError.of('HW_REFUSED', {
        reason: `${other}; addresses, resource groups, nodes, votes, networks, adapters and serial lines change while the cluster runs, what has no other way takes a restart of all nodes with the new file`,
      });
    const body: Reconfiguration = {
      base: String(active.number),
      version: wanted.version,
      digest: wanted.digest,
      from: active.layout,
      to: layoutOf(after, active.layout),
    };
    const timeoutMs = APPLY_TIMEOUT_MS + longestStopMs(body.from);
    const { number } = await command({ name: 'propose', kind: RECONFIGURE, body, timeoutMs });
    const late = await this.#arrived(number ?? 0n, body);
    return { version: wanted.version, protocol: nameOf(number ?? 0n), late };
  }

  /** What the decision has given to a group is there, as far as can be seen from here. Null, or what is not. */
  #arrived(number: ProtocolNumber, { from, to }: Reconfiguration): Promise<string | null> {
    const { steps } = this.#must().hands;
    return new Promise((resolve) => steps.arrive(number, from, to, ({ ok, reason }) => resolve(ok ? null : (reason ?? ''))));
  }

  /** Ends the reconfiguration that runs, where nobody can have committed it yet. */
  async abort(): Promise<{ readonly protocol: string }> {
    const { command } = this.#must();
    const number = reconfigurationIn(this.#hands?.state() ?? null);
    if (number === null) throw HeartwireError.of('HW_REFUSED', { reason: 'no reconfiguration is under way' });
    await command({ name: 'cancel', number });
    return { protocol: nameOf(number) };
  }

  #must(): { readonly held: Configurations; readonly command: DeskHands['command']; readonly hands: DeskHands } {
    const held = this.#hands?.state()?.configurations ?? null;
    if (held === null || this.#hands === null) throw HeartwireError.of('HW_NOT_RUNNING', {});
    return { held, command: this.#hands.command, hands: this.#hands };
  }
}

function longestStopMs({ groups = [] }: Layout): number {
  return Math.max(0, ...groups.map(({ stopMs }) => stopMs ?? 0));
}

function isEqual(left: Layout, right: Layout): boolean {
  return JSON.stringify(Object.entries(left).sort()) === JSON.stringify(Object.entries(right).sort());
}
