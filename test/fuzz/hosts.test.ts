import { expect } from 'chai';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { ansible } from '../../checkers/ansible/index.ts';
import { newTally, readEvents } from '../../checkers/ansible/read-events.ts';
import { chef } from '../../checkers/chef/index.ts';
import { commandOptions } from '../../checkers/command/options.ts';
import { compareCommand } from '../../checkers/command/compare.ts';
import { MASK, maskSensitiveText } from '../../checkers/hosts/sensitive-text.ts';
import { preparedChanges, textChanges } from '../../checkers/hosts/text-changes.ts';
import { UniqueAddresses } from '../../checkers/hosts/unique-addresses.ts';
import { puppet } from '../../checkers/puppet/index.ts';
import { readRubyYaml } from '../../checkers/puppet/ruby-yaml.ts';
import { salt } from '../../checkers/salt/index.ts';
import { comparisonSchema, type Checker, type Comparison } from '../../src/checker.ts';
import { checkerContext, sumOfRun, type Sum, type TestContext } from '../support/checker-context.ts';
import {
  always,
  alwaysAsync,
  DEEP,
  deepJson,
  deepObject,
  hostileText,
  injured,
  injuries,
  sample,
  swapped,
  swaps,
} from './fuzz.ts';

const CHECKERS = join(import.meta.dirname, '../checkers');

const isSound = ({ resources, drift, failures, notices, notCompared }: Comparison): void => {
  const comparison = { resources, drift, failures, notices, notCompared };
  const parsed = comparisonSchema.safeParse(JSON.parse(JSON.stringify(comparison)));
  expect(parsed.error?.issues).to.equal(undefined);
  expect((comparison.failures ?? []).filter(({ reason }) => reason === 'internal')).to.deep.equal([]);
};

describe('what tools write about hosts, injured:', () => {
  let dir: string;
  let context: TestContext;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-fuzz-'));
    context = await checkerContext({ sourceDir: dir });
  });

  after(async () => {
    await context.cleanup();
    await rm(dir, { recursive: true, force: true });
  });

  /** Runs a checker that reads a directory of reports; nothing of it is older than now. */
  async function reports(
    checker: Checker,
    files: Readonly<Record<string, string>>,
    writtenAt = new Date(),
  ): Promise<Sum> {
    for (const name of await readdir(dir)) await rm(join(dir, name));
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(dir, name), text);
      await utimes(join(dir, name), writtenAt, writtenAt);
    }
    return sumOfRun(checker, { mode: 'reports', directory: '.', max_age: '36500d' }, context);
  }

  interface Kind {
    readonly title: string;
    readonly checker: Checker;
    /** Of one host, and of another that is not injured. */
    readonly file: string;
    readonly text: () => Promise<string>;
    readonly other: readonly [string, (text: string) => string];
    readonly otherHost: string;
    readonly parse: (text: string) => unknown;
    /** What stands in the file for a value that the checker looks at. */
    readonly deep: (document: string) => string;
    /** A file that ends early and still is a document of its format tells by other means that it is cut off. */
    readonly lastByte: (text: string) => number;
  }

  const kinds: readonly Kind[] = [
    {
      title: 'a return of Salt',
      checker: salt,
      file: 'a.json',
      text: () => readFile(join(CHECKERS, 'salt/recordings/drift.json'), 'utf8'),
      other: ['b.json', (text) => text.replace('"local"', '"other"')],
      otherHost: 'other',
      parse: JSON.parse,
      deep: (document) => `{"local": {"file_|-a_|-b_|-managed": {"result": null, "changes": {"x": ${document}}}}}`,
      lastByte: (text) => text.trimEnd().length - 1,
    },
    {
      title: 'a run of Chef',
      checker: chef,
      file: 'a.json',
      text: () => readFile(join(CHECKERS, 'chef/fixtures/run-converge.json'), 'utf8'),
      other: ['b.json', (text) => text.replace('"db-01"', '"other"')],
      otherHost: 'other',
      parse: JSON.parse,
      deep: (document) =>
        `{"message_type": "run_converge", "node_name": "db-01", "status": "success", "end_time": "2026-11-21T00:00:00Z", "resources": [{"type": "x", "name": "y", "before": {"a": ${document}}}]}`,
      lastByte: (text) => text.trimEnd().length - 1,
    },
    {
      title: 'a report of Puppet',
      checker: puppet,
      file: 'a.yaml',
      text: () => readFile(join(CHECKERS, 'puppet/fixtures/reports/db-01.yaml'), 'utf8'),
      other: ['b.yaml', (text) => text.replaceAll('db-01', 'other')],
      otherHost: 'other',
      parse: (text) => JSON.parse(JSON.stringify(readRubyYaml(text))),
      deep: (document) => `{"report_format": 12, "host": "db-01", "logs": ${document}}`,
      lastByte: (text) => text.indexOf('\nresource_statuses:'),
    },
  ];

  for (const kind of kinds) {
    describe(kind.title, () => {
      let text: string;
      let other: Readonly<Record<string, string>>;
      let ofOther: number;
      const found = ({ drift, failures, notCompared }: Sum): number =>
        [...drift, ...failures, ...notCompared].filter(({ address }) => address?.startsWith(kind.otherHost)).length;

      before(async () => {
        text = await kind.text();
        other = { [kind.other[0]]: kind.other[1](text) };
        const alone = await reports(kind.checker, other);
        ofOther = found(alone);
        expect(alone.resources).to.be.greaterThan(0);
      });

      it('with wrong bytes hides no other host', async () => {
        await alwaysAsync(
          fc.asyncProperty(injuries, async (all) => {
            const sum = await reports(kind.checker, { [kind.file]: injured(text, all), ...other });
            isSound(sum);
            expect(found(sum)).to.be.least(ofOther);
          }),
          60,
        );
      });

      it('with other values hides no other host', async () => {
        const document = kind.parse(text);
        await alwaysAsync(
          fc.asyncProperty(swaps, async (all) => {
            const sum = await reports(kind.checker, { [kind.file]: JSON.stringify(swapped(document, all)), ...other });
            isSound(sum);
            expect(found(sum)).to.be.least(ofOther);
          }),
          80,
        );
      });

      it('cut off is a failure', async () => {
        await alwaysAsync(
          fc.asyncProperty(fc.nat(kind.lastByte(text)), async (length) => {
            const { failures } = await reports(kind.checker, { [kind.file]: text.slice(0, length) });
            expect(failures).to.have.length(1);
          }),
          40,
        );
      });

      it('of next year is no report of today', async () => {
        const nextYear = new Date(Date.now() + 365 * 86_400_000);
        const future = text.replaceAll(/^(time: |.*"end_time": ?)['"][^'"]*['"]/gm, `$1"${nextYear.toISOString()}"`);
        const sum = await reports(kind.checker, { [kind.file]: future, ...other }, nextYear);
        expect(sum.failures.map(({ reason }) => reason)).to.include('bad_output');
        expect(sum.failures.at(0)?.message).to.include('min from now');
      });

      it(`nested ${DEEP} deep is a failure, and no crash`, async () => {
        for (const document of [deepJson(), deepObject()]) {
          const sum = await reports(kind.checker, { [kind.file]: kind.deep(document), ...other });
          isSound(sum);
          expect(sum.failures.map(({ reason }) => reason)).to.include('bad_output');
          expect(found(sum)).to.equal(ofOther);
        }
      });
    });
  }

  it('Salt: a broken line of one minion hides no other of the same output', async () => {
    const lines = ['web-01', 'web-02', 'web-03'].map((minion) =>
      JSON.stringify({ [minion]: { 'file_|-a_|-a_|-managed': { result: null, changes: {}, comment: 'would' } } }),
    );
    await alwaysAsync(
      fc.asyncProperty(fc.integer({ min: 2, max: 60 }), fc.nat(2), async (length, which) => {
        const broken = lines.map((line, at) => (at === which ? `${line.slice(0, length)}}` : line));
        const { drift, failures } = await reports(salt, { 'all.json': `${broken.join('\n')}\n` });
        expect(failures.map(({ reason }) => reason)).to.deep.equal(['bad_output']);
        expect(drift.map(({ scope }) => scope)).to.deep.equal(
          ['web-01', 'web-02', 'web-03'].filter((_, at) => at !== which),
        );
      }),
      30,
    );
  });

  describe('events of the Ansible callback', () => {
    const EVENTS = sample('ansible-events.jsonl');
    const WHOLE = JSON.stringify({
      event: 'task',
      outcome: 'changed',
      host: 'last',
      name: 'the one that counts',
      action: 'ansible.builtin.copy',
      play: 'p',
    });

    async function read(text: string): Promise<Sum & { readonly ended: boolean }> {
      const file = join(dir, 'events.jsonl');
      await writeFile(file, text);
      const tally = newTally();
      const sum = { resources: 0, drift: [], failures: [], notices: [], notCompared: [] } as unknown as {
        -readonly [Key in keyof Sum]: Sum[Key] extends readonly (infer Item)[] ? Item[] : Sum[Key];
      };
      const addresses = new UniqueAddresses();
      for await (const piece of readEvents({ file, sourceDir: '/lab/source', addresses }, tally)) {
        const {
          resources,
          drift,
          failures = [],
          notices = [],
          notCompared = [],
        } = ansible.compare(piece, ansible.options.parse({ playbooks: ['site.yml'], inventory: ['hosts'] }));
        sum.resources += resources;
        sum.drift.push(...drift);
        sum.failures.push(...failures);
        sum.notices.push(...notices);
        sum.notCompared.push(...notCompared);
      }
      return { ...sum, ended: tally.ended };
    }

    it('hide no whole line, and are never an answer when one is lost', async () => {
      await alwaysAsync(
        fc.asyncProperty(injuries, async (all) => {
          const text = injured(EVENTS, all);
          const sum = await read(`${text}\n${WHOLE}\n`);
          isSound(sum);
          expect(sum.drift.map(({ address }) => address)).to.include('last/the one that counts');
          // One more line than the end says.
          expect(sum.failures.length > 0 || !sum.ended).to.equal(true);
        }),
        100,
      );
    });

    it('cut off have no end', async () => {
      await alwaysAsync(
        fc.asyncProperty(fc.nat(EVENTS.length - 1), async (length) => {
          expect((await read(EVENTS.slice(0, length))).ended).to.equal(false);
        }),
      );
    });

    it('with other values are sound', async () => {
      const lines = EVENTS.trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
      await alwaysAsync(
        fc.asyncProperty(swaps, async (all) => {
          const other = swapped(lines, all) as unknown[];
          isSound(await read(`${other.map((line) => JSON.stringify(line)).join('\n')}\n`));
        }),
        150,
      );
    });

    it(`nested ${DEEP} deep are one failure`, async () => {
      const deep = WHOLE.replace('{', `{"diff":[{"before":${deepJson()},"after":1}],`);
      const { drift, failures } = await read(`${deep}\n${WHOLE}\n`);
      expect(drift).to.have.length(1);
      expect(failures.map(({ reason }) => reason)).to.deep.equal(['bad_output']);
    });
  });

  describe('answers of PuppetDB', () => {
    let server: Server;
    let url: string;
    let body: string;
    before(async () => {
      server = createServer((_request, response) => response.end(body));
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => {
      server.close();
    });

    const report = (certname: string): object => ({
      certname,
      end_time: new Date().toISOString(),
      status: 'unchanged',
      resource_events: {
        data: [
          { status: 'noop', resource_type: 'File', resource_title: '/a', property: 'mode', old_value: 1, new_value: 2 },
        ],
      },
      logs: { data: [{ level: 'notice', message: 'x', source: 'Puppet' }] },
      metrics: { data: [{ category: 'resources', name: 'total', value: 57 }] },
    });
    const ask = (): Promise<Sum> => sumOfRun(puppet, { mode: 'reports', puppetdb: { url }, max_age: '1h' }, context);

    it('that are wrong about one node are a failure of that node', async () => {
      await alwaysAsync(
        fc.asyncProperty(swaps, async (all) => {
          body = JSON.stringify([swapped(report('a'), all), report('other')]);
          const sum = await ask();
          isSound(sum);
          expect(sum.drift.map(({ scope }) => scope)).to.include('other');
        }),
        100,
      );
    });

    it('cut off are a failure', async () => {
      const whole = JSON.stringify([report('a'), report('other')]);
      await alwaysAsync(
        fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
          body = whole.slice(0, length);
          expect((await ask()).failures.map(({ reason }) => reason)).to.deep.equal(['bad_output']);
        }),
        30,
      );
    });
  });

  describe('the JSON of a command', () => {
    const options = commandOptions.parse({ command: ['x'], output: 'json' });
    const judge = (stdout: string): Comparison =>
      compareCommand({ program: 'x', exitCode: 2, stdout, stderr: '' }, options);
    const DRIFT = {
      resources: 2,
      drift: [
        {
          address: 'a',
          type: 't',
          action: 'update',
          cause: 'unknown',
          changes: [{ op: 'replace', path: '/x', live: { kind: 'known', value: 1 } }],
        },
      ],
    };

    it('is sound or a failure, whatever it holds, and never in sync', () => {
      always(
        fc.property(swaps, (all) => {
          const comparison = judge(JSON.stringify(swapped(DRIFT, all)));
          isSound(comparison);
          expect(comparison.drift.length + (comparison.failures?.length ?? 0)).to.be.greaterThan(0);
        }),
        300,
      );
      always(
        fc.property(injuries, (all) => {
          isSound(judge(injured(JSON.stringify(DRIFT, null, 1), all)));
        }),
      );
    });

    it(`nested ${DEEP} deep is a failure`, () => {
      expect(judge(deepObject('drift')).failures?.map(({ reason }) => reason)).to.deep.equal(['bad_output']);
      const deep = JSON.stringify(DRIFT).replace('"value":1', `"value":${deepJson()}`);
      expect(judge(deep).failures?.map(({ reason }) => reason)).to.deep.equal(['bad_output']);
    });
  });

  describe('texts of files', () => {
    const PIECES = [
      ['a.-', 'a', '-', '--', '\r', ' ', '=', '"', '\\', '$', '$6$', '$pbkdf2', 'a://', 'a://a:', 'password'],
      ['password=', 'password="', 'password "', '--password ', 'identified by ', 'authorization: ', '-----BEGIN '],
    ].flat();

    const text = fc.array(hostileText, { maxLength: 12 }).map((lines) => lines.join('\n'));

    it('differ from themselves in nothing, and from others in something', () => {
      always(
        fc.property(text, text, (live, desired) => {
          expect(textChanges({ live, desired: live })).to.deep.equal([]);
          if (live !== desired) expect(textChanges({ live, desired })).not.to.deep.equal([]);
        }),
        300,
      );
    });

    it('make changes of any diff that is not empty', () => {
      const line = fc.oneof(
        hostileText,
        fc.constantFrom('--- a', '+++ b', '@@ -1,2 +1,2 @@', '-x', '+y', ' z', '\\ No'),
      );
      always(
        fc.property(fc.array(line, { maxLength: 10 }), (lines) => {
          const diff = lines.join('\n');
          const changes = preparedChanges(diff);
          expect(changes.length > 0 || diff.trim() === '').to.equal(true);
        }),
        300,
      );
    });

    it('never show what is assigned to a password, wherever it stands', () => {
      always(
        fc.property(fc.array(hostileText), fc.nat(5), (lines, at) => {
          const secret = 'c4n4ry-Z9';
          const all = [...lines.slice(0, at), `db_password = ${secret}`, ...lines.slice(at)].join('\n');
          const masked = maskSensitiveText(all);
          expect(masked).not.to.include(secret);
          expect(masked).to.include(MASK);
        }),
        300,
      );
    });

    it('are masked in time that grows with their length', () => {
      // With its square, one of these takes half an hour.
      for (const piece of PIECES) maskSensitiveText(piece.repeat(1_000_000 / piece.length));
    });
  });

  it('YAML of Ruby never makes anything but plain data', () => {
    const pieces = fc.constantFrom(
      '!ruby/object:Puppet::Util::Log ',
      '!ruby/hash:X ',
      '!ruby/sym ',
      '!ruby/regexp ',
      '!binary ',
      '!ruby/array:Y ',
      '&a ',
      '*a',
      '<<: *a',
      '- ',
      'key: ',
      '__proto__: ',
      'constructor: ',
      '{',
      '}',
      '"',
      "'",
      '|',
      '\n',
      '\n  ',
    );
    always(
      fc.property(fc.array(fc.oneof(pieces, hostileText), { maxLength: 25 }), (parts) => {
        let value: unknown;
        try {
          value = readRubyYaml(parts.join(''));
        } catch (error) {
          expect((error as Error).name).to.equal('YAMLException');
          return;
        }
        expect(typeof value).not.to.equal('function');
        expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
      }),
      500,
    );
  });
});
