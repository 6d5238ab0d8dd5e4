import { expect } from 'chai';
import type { ResourceDrift } from '../../src/drift.ts';
import { Board } from '../../src/run/board.ts';
import { checkConfig, record, runResult, serve, type Served } from './fleet.ts';

const drift = (address: string): ResourceDrift => ({
  address,
  type: 'Deployment',
  action: 'update',
  cause: 'out_of_band',
  changes: [
    { op: 'replace', path: '/spec/replicas', live: { kind: 'known', value: 5 }, desired: { kind: 'known', value: 3 } },
  ],
});

interface Answer {
  readonly distinct: number;
  readonly shared: number;
  readonly groups: readonly {
    readonly fingerprint: string;
    readonly checks: readonly string[];
    readonly resources: number;
  }[];
}

describe('GET /diff?group=fingerprint', () => {
  let served: Served;

  before(async () => {
    const board = new Board();
    const checks = Array.from({ length: 37 }, (_, index) =>
      checkConfig(`cluster-${String(index + 1).padStart(2, '0')}`, {
        checker: 'kubernetes',
        labels: { region: index < 10 ? 'eu' : 'us' },
      }),
    );
    board.configure(checks);
    for (const check of checks) {
      const own = check.name === 'cluster-05' ? [drift('apps/Deployment/<b>/only|here')] : [];
      record(board, check, [runResult(check, { drift: [drift('apps/Deployment/shop/web'), ...own] })]);
    }
    served = await serve(board);
  });
  after(() => served.close());

  const get = async (query: string): Promise<string> => {
    const response = await fetch(`${served.url}/diff?group=fingerprint${query}`);
    expect(response.status).to.equal(200);
    return response.text();
  };

  it('is one line for the same drift on 37 checks', async () => {
    const { distinct, shared, groups } = JSON.parse(await get('&format=json')) as Answer;
    expect([distinct, shared, groups.map(({ checks }) => checks.length)]).to.deep.equal([2, 1, [37, 1]]);
    expect(await get('&format=text')).to.equal(
      `${groups[0]?.fingerprint}  the same drift on 37 checks: cluster-01, cluster-02, cluster-03 and 34 more; ` +
        'apps/Deployment/shop/web (Deployment) differs at /spec/replicas, first seen 4 minutes ago (2026-11-21T06:56:00.000Z)\n' +
        `${groups[1]?.fingerprint}  on cluster-05 alone; apps/Deployment/<b>/only|here (Deployment) differs at /spec/replicas, ` +
        'first seen 4 minutes ago (2026-11-21T06:56:00.000Z)\n',
    );
    expect(await get('&format=markdown'))
      .to.include('- **the same drift on 37 checks**: cluster-01')
      .and.include('\\<b\\>/only\\|here');
  });

  it('groups what the filters leave, and shows as many as are asked for', async () => {
    const eu = JSON.parse(await get('&label.region=eu&format=json')) as Answer;
    expect(eu.groups.map(({ checks }) => checks.length)).to.deep.equal([10, 1]);
    const web = JSON.parse(await get('&address=*/web&format=json')) as Answer;
    expect([web.distinct, web.groups[0]?.resources]).to.deep.equal([1, 37]);
    expect(await get('&limit=1&format=text')).to.match(/\n… and 1 more fingerprint\n$/);
    expect(await get('&check=nothing&format=text')).to.equal('No drift matches.\n');
  });

  it('answers 304 to who has it', async () => {
    const url = `${served.url}/diff?group=fingerprint&format=json`;
    const etag = (await fetch(url)).headers.get('etag') ?? '';
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).to.equal(304);
  });

  it('is a page, and on the overview, with everything escaped', async () => {
    for (const page of [await get('&format=html'), await (await fetch(`${served.url}/`)).text()]) {
      expect(page)
        .to.match(/(the same drift on |<b>)37 checks/)
        .and.include('cluster-01, cluster-02');
      expect(page).not.to.include('<b>/only');
    }
    expect(await get('&format=html')).to.include('2 different drifts, 1 on more than one check');
  });

  it('refuses another grouping, and one check grouped', async () => {
    const other = await fetch(`${served.url}/diff?group=type`);
    expect([other.status, await other.text()].join(' ')).to.match(/^400 .*group: expected one of fingerprint; got/);
    expect((await fetch(`${served.url}/diff/cluster-01?group=fingerprint`)).status).to.equal(400);
  });
});
