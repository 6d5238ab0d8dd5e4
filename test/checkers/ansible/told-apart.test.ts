import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/skips.ts';
import { createLab, TOOLS, type Found, type Lab } from './lab.ts';

const SITE = `
- name: Kinds of results
  hosts: all
  gather_facts: true
  tasks:
    - name: Shell
      shell: echo hello
      register: shelled
    - name: Module without check mode
      tempfile: { state: file, path: LIVE }
    - name: Creates
      command: { cmd: touch LIVE/made, creates: LIVE/made }
    - name: Fails because of shell
      debug: { msg: "{{ shelled.stdout_lines[0] }}" }
      ignore_errors: true
    - name: Skipped because of shell
      copy: { dest: LIVE/never, content: x }
      when: shelled.stdout == "hello"
    - name: Changed because of shell
      copy: { dest: LIVE/from-shell, content: "<{{ shelled.stdout }}>" }
    - name: Fact of shell
      set_fact: { shelled_fact: "{{ shelled.stdout }}" }
    - name: Changed because of the fact
      copy: { dest: LIVE/from-fact, content: "<{{ shelled_fact }}>" }
    - name: Condition
      copy: { dest: LIVE/never, content: x }
      when: false
    - name: Probe
      command: cat /etc/hostname
      check_mode: false
      changed_when: false
      register: probed
    - name: Uses the probe
      copy: { dest: LIVE/probed, content: "{{ probed.stdout }}" }
    - name: Probe that never says
      command: cat /etc/hostname
      check_mode: false
    - name: Probe that tells drift
      command: cat /etc/hostname
      check_mode: false
      changed_when: true
    - name: Says changed
      stat: { path: LIVE }
      changed_when: true
    - name: Never says changed
      copy: { dest: LIVE/silent, content: x }
      changed_when: false
    - name: Ignored
      fail: { msg: not today }
      ignore_errors: true
    - block:
        - name: Rescued
          copy: { src: no-such-file, dest: LIVE/x }
      rescue:
        - name: The rescue
          copy: { dest: LIVE/rescue, content: x }
      always:
        - debug: { msg: always }
    - name: Directory that is not there yet
      file: { path: LIVE/later, state: directory }
    - name: Into it
      lineinfile: { path: LIVE/later/file, line: x }
      ignore_errors: true
    - name: Hidden
      copy: { dest: LIVE/hidden, content: s3cr3t-hidden }
      no_log: true
    - name: Hidden items
      copy: { dest: "LIVE/{{ item }}", content: x }
      loop: [s3cr3t-item-1, s3cr3t-item-2]
      no_log: true
    - name: Failed when
      command: cat /etc/hostname
      check_mode: false
      changed_when: false
      failed_when: true
      ignore_errors: true
    - add_host: { name: extra, groups: extras }
    - group_by: { key: everything }
    - name: Notifies
      copy: { dest: LIVE/notifies, content: x }
      notify: [Handler file, Handler command]
    - name: Flush
      meta: flush_handlers
    - name: Empty loop
      copy: { dest: "LIVE/{{ item }}", content: x }
      loop: []
    - name: Async
      copy: { dest: LIVE/async, content: x }
      async: 10
      poll: 1
    - name: Never reached
      copy: { dest: LIVE/unreached, content: x }
  handlers:
    - name: Handler file
      copy: { dest: LIVE/handled, content: x }
    - name: Handler command
      command: "true"
`;

describe('ansible: results told apart', function () {
  this.timeout(240_000);
  let lab: Lab;
  let found: Found;
  const drifted = (): string[] => found.drift.map(({ address }) => address);
  const why = (address: string): string | undefined =>
    found.notCompared.find((entry) => entry.address === `web-01/${address}`)?.why;
  const notice = (address: string): string | undefined => {
    const one = found.notices.find((entry) => entry.address === `web-01/${address}`);
    return one && `${one.kind}: ${one.message}`;
  };

  before(async function () {
    needs(this, TOOLS);
    lab = await createLab();
    await lab.write({ 'site.yml': SITE });
    await mkdir(join(lab.live, 'extra'));
    found = await lab.check();
  });
  after(async () => lab?.close());

  it('drift is what would change, and only that', () => {
    expect(drifted().toSorted()).to.deep.equal(
      [
        'web-01/Creates',
        'web-01/Changed because of shell',
        'web-01/Changed because of the fact',
        'web-01/Uses the probe',
        'web-01/Probe that tells drift',
        'web-01/Says changed',
        'web-01/The rescue',
        'web-01/Directory that is not there yet',
        'web-01/Hidden',
        'web-01/Hidden items (item=#1)',
        'web-01/Hidden items (item=#2)',
        'web-01/Notifies',
      ].toSorted(),
    );
  });

  it('what check mode cannot do lowers coverage', () => {
    expect(why('Shell')).to.match(/check mode/);
    expect(why('Module without check mode')).to.match(/check mode/);
    expect(why('Condition')).to.equal(undefined);
    expect(why('Empty loop')).to.equal(undefined);
  });

  it('follows the results of tasks that check mode did not run', () => {
    expect(notice('Fails because of shell')).to.match(/^ignored_error: .*it uses shelled, the result of "Shell"/);
    expect(why('Skipped because of shell')).to.match(/its condition uses shelled/);
    expect(notice('Changed because of shell')).to.match(/^warning: uses shelled, the result of "Shell"/);
    expect(notice('Changed because of the fact')).to.match(/^warning: uses shelled_fact, the result of "Shell"/);
    expect(notice('Into it')).to.match(/^ignored_error: .*"Directory that is not there yet" would make /);
  });

  it('knows what check_mode: false means', () => {
    expect(notice('Uses the probe')).to.equal(undefined);
    expect(why('Probe that never says')).to.match(/was really run/);
    expect(notice('Probe that tells drift')).to.match(/warning: was really run/);
  });

  it('tells ignored and rescued errors, which are no failures', () => {
    expect(notice('Ignored')).to.match(/^ignored_error: failed, and the playbook ignores it: not today/);
    expect(notice('Rescued')).to.match(/^ignored_error: failed and was rescued: /);
    expect(why('Rescued')).to.match(/^not_found: /);
    expect(notice('Failed when')).to.match(/^ignored_error: /);
  });

  it('shows nothing of what no_log hides, only that it differs', () => {
    expect(JSON.stringify(found)).not.to.include('s3cr3t');
    expect(found.drift.find(({ address }) => address === 'web-01/Hidden')?.changes).to.deep.equal([
      { op: 'replace', path: '', live: { kind: 'sensitive' }, desired: { kind: 'sensitive' } },
    ]);
  });

  it('takes handlers for consequences', () => {
    expect(notice('Handler file')).to.match(/^triggered: /);
    expect(notice('Handler command')).to.match(/^triggered: /);
  });

  it('fails where a host ends early, and says why', () => {
    expect(
      found.failures.map(({ reason, address }) => [reason, address]),
      JSON.stringify(found.failures),
    ).to.deep.equal([['unsupported', 'web-01/Async']]);
    expect(found.failures[0]?.message).to.match(/async.*\(site\.yml:\d+\)/s);
    expect(found.exitCode).to.equal(2);
  });

  it('changes nothing', async () => {
    for (const file of ['made', 'hidden', 'notifies', 'handled', 'later']) {
      expect(await access(join(lab.live, file)).catch(() => 'absent')).to.equal('absent');
    }
  });
});
