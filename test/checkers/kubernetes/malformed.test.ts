import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { compareObservation } from '../../../checkers/kubernetes/compare.ts';
import { parseManifests } from '../../../checkers/kubernetes/desired/parse-manifests.ts';
import { kubernetes } from '../../../checkers/kubernetes/index.ts';
import { readList } from '../../../checkers/kubernetes/live/read-list.ts';
import { isCheckError } from '../../../src/checker.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { startReplayServer, type Fault } from '../../support/kube-replay-server.ts';
import { loadCorpus } from '../../support/kubernetes-corpus.ts';
import { kubeconfig, writeTree } from '../../support/kubernetes-sources.ts';
import { configMaps, smallCluster } from '../../support/small-cluster.ts';

/** What documents are made of, where it hurts. */
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  'null',
  '{}',
  '[]',
  '-1',
  '1e999',
  '"\\ud800"',
  '\u0000',
  '\n',
  '\t',
];
const YAML_PIECES = [
  '- ',
  '&a ',
  '*a',
  '<<: ',
  '---\n',
  '...\n',
  '!!binary ',
  '? ',
  '| ',
  '"__proto__": ',
  '%',
  '\r',
  '# ',
];

/** One injury: from where, as a share of the text, how much goes, and what comes instead. */
interface Injury {
  readonly at: number;
  readonly removed: number;
  readonly added: string;
}

const injury = fc.record<Injury>({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.oneof(fc.constant(Infinity), fc.nat(3), fc.nat(200)),
  added: fc.oneof(fc.constant(''), fc.constantFrom(...PIECES, ...YAML_PIECES), fc.string({ maxLength: 8 })),
});
const injuries = fc.array(injury, { minLength: 1, maxLength: 4 });

function injure(text: string, all: readonly Injury[]): string {
  return all.reduce((left, { at, removed, added }) => {
    const start = Math.floor(at * left.length);
    return left.slice(0, start) + added + left.slice(start + removed);
  }, text);
}

const KIND = { apiVersion: 'v1', kind: 'ConfigMap' };
const RESOURCE = { group: '', version: 'v1', kind: 'ConfigMap', resource: 'configmaps', namespaced: true };

const LIST = '/api/v1/namespaces/one/configmaps';

describe('what is malformed', function () {
  this.timeout(120_000);

  it('a LIST page is refused, or read and compared', async () => {
    const { recordings } = await loadCorpus();
    const lists = [...recordings].filter(([path]) => /^ssa\/after\/.*\.json$/.test(path)).map(([, text]) => text);
    fc.assert(
      fc.property(fc.constantFrom(...lists), injuries, (list, all) => {
        for (const live of itemsOf(injure(list, all))) {
          const facts = { autoscaled: new Map() };
          const pairs = [{ desired: { object: { ...KIND, metadata: { name: 'a' } } }, live }];
          const compared = { resource: RESOURCE, facts, pairs, missing: [], extra: [live] };
          compareObservation({ piece: 'objects', ...compared }, {});
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('a manifest is a failure, or objects', async () => {
    const { cases } = await loadCorpus();
    const manifests = cases.flatMap(({ git }) => Object.values(git));
    fc.assert(
      fc.property(fc.constantFrom(...manifests), injuries, fc.boolean(), (text, all, nested) => {
        const { objects, failures } = parseManifests({ text: injure(text, all), name: 'x', isFile: true, nested });
        for (const { object } of objects) expect(object.metadata).to.be.an('object');
        for (const { reason, message } of failures)
          expect([reason, message.startsWith('x: document ')]).to.eql(['invalid', true]);
      }),
      { numRuns: 5000 },
    );
  });

  const documents: readonly (readonly [title: string, path: string])[] = [
    ['the OpenAPI index', '/openapi/v3'],
    ['an OpenAPI document', '/openapi/v3/api/v1'],
    ['the resources of a group', '/api/v1'],
    ['a LIST', LIST],
  ];
  for (const [title, path] of documents) {
    it(`${title} never crashes a run: it ends with failures or a verdict`, async () => {
      const samples = fc.sample(injuries, 20);
      const sums = await Promise.all(samples.map((all) => runWith(path, (body) => injure(body, all))));
      for (const { failures, resources } of sums) {
        expect(failures.map(({ reason }) => reason)).to.not.include('internal');
        expect(resources + failures.length).to.be.greaterThan(0);
      }
    });
  }

  it('nothing is missing because a LIST breaks off', async () => {
    const cuts = Array.from({ length: 20 }, (_, index) => (index + 0.5) / 20);
    const sums = await Promise.all(
      cuts.map((at) => runWith(LIST, (body) => body.slice(0, Math.floor(body.length * at)))),
    );
    for (const { drift, failures } of sums) {
      expect(drift).to.deep.equal([]);
      expect(failures.map(({ reason, address }) => [reason, address])).to.deep.equal([['bad_output', 'ConfigMap']]);
    }
  });
});

/** Its objects; none when the page is refused as one should be. */
function itemsOf(page: string): ReturnType<typeof readList>['items'] {
  try {
    return [...readList(Buffer.from(page), KIND).items];
  } catch (error) {
    if (error instanceof SyntaxError || isCheckError(error)) return [];
    throw error;
  }
}

/** A run in which the server's answer to one path is another. */
async function runWith(path: string, change: (body: string) => string): Promise<Sum> {
  const fault: Fault = (request, response, { status, body }) => {
    if (request.path !== path) return false;
    response.writeHead(status, { 'content-type': 'application/json' }).end(change(body));
    return true;
  };
  const server = await startReplayServer({ cluster: smallCluster({ one: 5 }), fault });
  const source = await writeTree({ 'git/all.yaml': configMaps(5, 'one').join('---\n') });
  await writeFile(join(source.dir, 'kubeconfig'), kubeconfig(server.url));
  const context = await checkerContext({ sourceDir: source.dir });
  try {
    const sum = await sumOfRun(kubernetes, { kubeconfig: 'kubeconfig', manifests: 'git' }, context);
    expect(server.requests.map((request) => request.path)).to.include(path);
    return sum;
  } finally {
    await context.cleanup();
    await server.close();
    await source.remove();
  }
}
