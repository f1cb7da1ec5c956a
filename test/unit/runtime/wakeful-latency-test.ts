// How lightly CPUs must sleep while messages are dense, and that it is asked for only where that is wanted.
import assert from 'node:assert/strict';
import { nativeOptions } from '../../../lib/runtime/native-options.ts';
import { wakefulLatencyUs } from '../../../lib/runtime/wakeful-latency.ts';
import { sample } from '../config/samples.ts';

describe('CPUs that are kept awake', () => {
  it('do not sleep at all in a guest, and only lightly elsewhere', () => {
    assert.equal(wakefulLatencyUs('haltpoll'), 0);
    for (const driver of ['intel_idle', 'acpi_idle', 'none', '']) assert.equal(wakefulLatencyUs(driver), 2, driver);
  });

  it('are so unless the configuration says otherwise', () => {
    const asked = (extra = ''): number | undefined => {
      const config = sample(extra);
      const [node] = config.nodes;
      assert.ok(node !== undefined);
      return nativeOptions(config, node, [], '/nowhere').awakeUs;
    };
    assert.equal(asked(), wakefulLatencyUs());
    assert.equal(asked('messages: {keep_awake: true}'), wakefulLatencyUs());
    assert.equal(asked('messages: {keep_awake: false}'), undefined);
  });
});
