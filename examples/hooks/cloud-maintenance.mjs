#!/usr/bin/env node
// Tells Heartwire of maintenance that a cloud announces in its metadata service, and of its end: runs beside the daemon, in
// the machine. Only what makes the machine stand still and go on is a pause; a reboot or an eviction is left to failover.
//
//   cloud-maintenance.mjs gcp|azure|aws [--metadata URL] [--every SECONDS]
//
//   HEARTWIRE        the command; default: heartwire
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const PAUSE_SECONDS_MAX = 1800;
/** Announced so long before a fixed time. */
const AHEAD_MS = 30_000;
const REQUEST_MS = 10_000;

async function ask(url, options = {}, patienceMs = REQUEST_MS) {
  const response = await fetch(url, { ...options, signal: AbortSignal.timeout(patienceMs) });
  if (response.ok || response.status === 404) return response;
  throw new Error(`${url} answers ${response.status}`);
}

/** Compute Engine: waits until the value changes. */
function gcp(base) {
  const waitSeconds = 60;
  let etag = null;
  return async (isSettled) => {
    const wait = etag === null || !isSettled ? '' : `?wait_for_change=true&timeout_sec=${waitSeconds}&last_etag=${etag}`;
    const url = `${base}/computeMetadata/v1/instance/maintenance-event${wait}`;
    const response = await ask(url, { headers: { 'Metadata-Flavor': 'Google' } }, waitSeconds * 1000 + REQUEST_MS);
    etag = response.headers.get('etag');
    const value = (await response.text()).trim();
    return { event: value === 'MIGRATE_ON_HOST_MAINTENANCE' ? { id: value, forSeconds: null } : null, waits: etag !== null };
  };
}

/** Azure scheduled events: a freeze of this machine begins as soon as it is approved. */
function azure(base) {
  const headers = { Metadata: 'true' };
  const url = `${base}/metadata/scheduledevents?api-version=2020-07-01`;
  let name = null;
  return async () => {
    name ??= (await (await ask(`${base}/metadata/instance/compute/name?api-version=2021-02-01&format=text`, { headers })).text()).trim();
    const { Events: events = [] } = await (await ask(url, { headers })).json();
    const freeze = events.find(({ EventType, Resources }) => EventType === 'Freeze' && Resources.includes(name));
    if (freeze === undefined) return { event: null };
    const { EventId: id, DurationInSeconds: seconds = -1 } = freeze;
    const approve = async () => {
      if (freeze.EventStatus !== 'Scheduled') return;
      await ask(url, { method: 'POST', headers, body: JSON.stringify({ StartRequests: [{ EventId: id }] }) });
    };
    // The time that is given is a guess.
    return { event: { id, forSeconds: seconds > 0 ? seconds + 5 : null, approve } };
  };
}

/** EC2 scheduled events: a window of time, in which the machine may stand still. */
function aws(base) {
  return async () => {
    const ttl = { 'X-aws-ec2-metadata-token-ttl-seconds': '60' };
    const token = await (await ask(`${base}/latest/api/token`, { method: 'PUT', headers: ttl })).text();
    const headers = { 'X-aws-ec2-metadata-token': token };
    const response = await ask(`${base}/latest/meta-data/events/maintenance/scheduled`, { headers });
    const events = response.status === 404 ? [] : await response.json();
    const now = Date.now();
    const isNow = ({ Code, State, NotBefore, NotAfter }) =>
      Code === 'system-maintenance' && State === 'active' && now >= Date.parse(NotBefore) - AHEAD_MS && now < Date.parse(NotAfter);
    const event = events.find(isNow);
    if (event === undefined) return { event: null };
    const seconds = Math.ceil((Date.parse(event.NotAfter) - now) / 1000);
    return { event: { id: event.EventId ?? event.NotBefore, forSeconds: Math.min(seconds, PAUSE_SECONDS_MAX) } };
  };
}

const clouds = {
  gcp: [gcp, 'http://metadata.google.internal'],
  azure: [azure, 'http://169.254.169.254'],
  aws: [aws, 'http://169.254.169.254'],
};

/** @returns has it been done? Why not, the command itself has said. */
function heartwire(...words) {
  return new Promise((resolve) => {
    const child = spawn(process.env.HEARTWIRE ?? 'heartwire', words, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.on('error', (error) => {
      console.error(`cloud-maintenance: ${error.message}`);
      resolve(false);
    });
    child.on('exit', (code) => resolve(code === 0));
  });
}

async function watch(look, everyMs) {
  let announced = null;
  let isSettled = true;
  for (;;) {
    let waits = false;
    try {
      const seen = await look(isSettled);
      waits = seen.waits === true;
      isSettled = await follow(seen.event);
    } catch (error) {
      console.error(`cloud-maintenance: ${error.message}`);
      waits = false;
    }
    if (!waits || !isSettled) await sleep(everyMs);
  }

  /** Said until it is done: the cluster may refuse a pause for a moment. */
  async function follow(event) {
    if (event === null) {
      if (announced !== null && !(await heartwire('resume'))) return false;
      announced = null;
      return true;
    }
    if (announced === event.id) return true;
    const time = event.forSeconds === null ? [] : ['--for', `${event.forSeconds}s`];
    if (!(await heartwire('pause', '--reason', 'migration-out', ...time))) return false;
    announced = event.id;
    await event.approve?.();
    return true;
  }
}

const { values, positionals } = parseArgs({
  options: { metadata: { type: 'string' }, every: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const [make, address] = clouds[positionals[0]] ?? [];
const everyMs = Number(values.every) * 1000;
if (make === undefined || positionals.length !== 1 || !(everyMs > 0)) {
  console.error('usage: cloud-maintenance.mjs gcp|azure|aws [--metadata URL] [--every SECONDS]');
  process.exit(2);
}
await watch(make(values.metadata ?? address), everyMs);
