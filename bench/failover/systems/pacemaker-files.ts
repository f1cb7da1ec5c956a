// What corosync and pacemaker read at their start: written whole beforehand, so that no node has to be configured by
// commands while the cluster forms.
import type { Stage } from '../../../lib/demo/stage.ts';
import { addressOf, interfaceName, networkIds, nodeIds, nodeName } from '../../../lib/demo/topology.ts';

/** Without the coefficient, corosync would add 650 ms for the third node. */
export function corosyncConfiguration(stage: Stage, tokenMs: number): string {
  const nodes = nodeIds(stage.topology).map((node) => {
    const rings = networkIds(stage.topology).map(
      (network) => `    ring${network}_addr: ${addressOf(stage.topology, nodeName(node), network)}`,
    );
    return ['  node {', `    name: ${nodeName(node)}`, `    nodeid: ${node}`, ...rings, '  }'].join('\n');
  });
  return `totem {
  version: 2
  cluster_name: bench
  transport: knet
  crypto_cipher: none
  crypto_hash: none
  token: ${tokenMs}
  token_coefficient: 0
  token_retransmits_before_loss_const: 2
}
nodelist {
${nodes.join('\n')}
}
quorum {
  provider: corosync_votequorum
}
logging {
  to_stderr: yes
  to_syslog: no
}`;
}

/** An old feature set, which every version takes. */
export function pacemakerConfiguration(address: string): string {
  const pair = (name: string, value: string): string => `<nvpair id="${name}" name="${name}" value="${value}"/>`;
  return `<cib crm_feature_set="3.1.0" validate-with="pacemaker-3.0" epoch="1" num_updates="0" admin_epoch="1">
<configuration>
<crm_config><cluster_property_set id="options">${pair('stonith-enabled', 'false')}${pair('dc-deadtime', '2s')}</cluster_property_set></crm_config>
<nodes/>
<resources><primitive id="address" class="ocf" provider="heartbeat" type="IPaddr2">
<instance_attributes id="place">${pair('ip', address)}${pair('cidr_netmask', '24')}${pair('nic', interfaceName(0))}</instance_attributes>
<operations><op id="monitor" name="monitor" interval="1s" timeout="5s"/></operations>
</primitive></resources>
<constraints/>
<rsc_defaults><meta_attributes id="defaults">${pair('resource-stickiness', '1000')}</meta_attributes></rsc_defaults>
</configuration>
<status/>
</cib>`;
}
