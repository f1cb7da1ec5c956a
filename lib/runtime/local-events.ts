// What this node alone has seen, for its people: links, carrier, addresses on the machine, lateness.
import type { NativeEvent } from '../native.ts';
import type { LocalEvent, LocalEventName } from './types.ts';

export interface LocalNames {
  readonly self: number;
  linkName(link: number): string;
  interfaceOf(link: number): string | null;
  /** The address with this place in the list that the address thread has. */
  address(index: number): { readonly address: string; readonly interface: string } | null;
  /** Notes that the addresses of a network have gone to the interface of this link; returns that network. */
  switched(link: number, toStandby: boolean): string;
  /** All of the seat, for people. */
  addressesOf(seat: number): string;
  /** The resource group that has this seat; null: it is the manager's. */
  groupOf(seat: number): string | null;
}

type Details = LocalEvent['details'];

export function localEvent(event: NativeEvent, names: LocalNames): LocalEvent | null {
  const make = (name: LocalEventName, details: Details, node = names.self): LocalEvent => ({
    event: name,
    atMs: Number(event.atNs / 1000n) / 1000,
    node,
    memberId: null,
    description: null,
    details,
  });
  const link = { link: names.linkName(event.link), interface: names.interfaceOf(event.link) };
  const address = (): Details => ({ ...(names.address(event.address ?? 0) ?? { address: '?', interface: '?' }) });
  const seat = (): Details => {
    const group = names.groupOf(event.seat);
    return { address: names.addressesOf(event.seat), epoch: Number(event.epoch), ...(group === null ? {} : { group }) };
  };
  switch (event.kind) {
    case 'seat_open':
      return names.addressesOf(event.seat) === '' ? null : make('address-acquired', seat());
    case 'seat_closed':
      return names.addressesOf(event.seat) === '' ? null : make('address-released', seat());
    case 'seat_failed':
      return make('address-failed', seat());
    case 'address_deleted':
      return make(event.flag ? 'address-put-back' : 'address-failed', address());
    case 'address_stray':
      return make('address-stray-removed', address());
    case 'address_conflict':
      return make('address-conflict', { ...address(), mac: event.text ?? '?' });
    case 'link_up':
      return make('link-up', { link: link.link, peer: event.node }, event.node);
    case 'link_down':
      return make('link-down', { link: link.link, peer: event.node }, event.node);
    case 'carrier':
      return make(event.flag ? 'carrier-up' : 'carrier-down', link);
    case 'adapter_switched':
      return make('adapter-switched', { network: names.switched(event.link, event.flag), interface: link.interface, standby: event.flag });
    case 'interface_gone':
      return make('interface-gone', link);
    case 'message_interface_back':
      return make('interface-back', link);
    case 'peer_stalled':
      return make(event.flag ? 'node-stalled' : 'node-recovered', {}, event.node);
    case 'unfit':
      return make('observer-late', { latenessMs: Number(event.value) / 1e6 });
    case 'guardian_restarted':
      return make('guardian-restarted', { restarts: Number(event.value) });
    default:
      return null;
  }
}
