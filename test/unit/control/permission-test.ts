// Who may command, with files of a machine that is made up; stranger-test.ts asks the real kernel.
import assert from 'node:assert/strict';
import { groupId, mayCommand, systemFiles, type SystemFiles } from '../../../lib/control/permission.ts';

const files: SystemFiles = {
  read: (file) =>
    ({
      '/etc/group': 'root:x:0:\nheartwire:x:900:anna,bert\nheart:x:901:carl\n',
      '/etc/passwd': 'root:x:0:0::/root:/bin/sh\nanna:x:1001:1001::/:/bin/sh\nbert:x:1002:1002::/:/bin/sh\ncarl:x:1003:1003::/:/bin/sh\n',
      '/proc/77/status': 'Name:\tnode\nUid:\t1003\t1003\t1003\t1003\nGroups:\t27 900 1003 \n',
      '/proc/78/status': 'Name:\tnode\nUid:\t1004\t1004\t1004\t1004\nGroups:\t900 \n',
    })[file] ?? null,
};

describe('who may command', () => {
  const may = (uid: number, gid = uid, pid = 1, group: string | null = 'heartwire'): boolean =>
    mayCommand({ uid, gid, pid }, 500, group, files);

  it('is root, and who runs the daemon', () => {
    assert.ok(may(0));
    assert.ok(may(500));
    assert.ok(!may(501));
  });

  it('is a member of the group: in /etc/group, by main group, or by a supplementary group', () => {
    assert.ok(may(1001), 'anna is listed');
    assert.ok(may(1002), 'bert is listed');
    assert.ok(may(1003, 900), 'main group');
    assert.ok(may(1003, 1003, 77), 'supplementary group of the process');
    assert.ok(!may(1003), 'carl is in another group');
  });

  it("is not somebody whose process id has passed to another user's process", () => {
    assert.ok(!may(1003, 1003, 78));
    assert.ok(!may(1003, 1003, 79), 'gone');
  });

  it('is nobody else without a group, or with one that is not there', () => {
    assert.ok(!may(1001, 900, 77, null));
    assert.ok(!may(1001, 900, 77, 'nosuch'));
    assert.ok(!may(1001, 1001, 1, 'heart'));
  });

  it('finds groups by their whole name, on this machine too', () => {
    assert.equal(groupId('heartwire', files), 900);
    assert.equal(groupId('hear', files), null);
    assert.equal(groupId('root'), 0);
    assert.equal(systemFiles.read('/proc/0/status'), null);
  });
});
