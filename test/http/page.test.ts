import axe from 'axe-core';
import { expect } from 'chai';
import { type Browser, chromium, type Page } from 'playwright-core';
import { Board } from '../../src/run/board.ts';
import { needs, programOnPath } from '../support/skips.ts';
import {
  checkConfig,
  largeFleet,
  record,
  runResult,
  serve,
  smallFleet,
  summaries,
  type Served,
  webConfig,
} from './fleet.ts';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describe('The page', function () {
  let browser: Browser;
  let served: Served;
  before(async function () {
    needs(this, { chromium: 'apt-get install chromium' });
    browser = await chromium.launch({ executablePath: programOnPath('chromium') ?? '', args: ARGS });
    served = await serve(smallFleet(), { notes: () => ['Results are kept in memory only: the store is corrupt'] });
  });
  after(async () => {
    await browser?.close();
    await served?.close();
  });

  /** Opens a page without JavaScript; anything on its console is an error. */
  async function visit(
    url: string,
    options: { width?: number; colorScheme?: 'light' | 'dark'; script?: boolean } = {},
  ): Promise<Page> {
    const { width = 1280, colorScheme = 'light', script = false } = options;
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, javaScriptEnabled: script });
    page.on('console', (message) => errors.push(`${page.url()}: ${message.text()}`));
    page.on('pageerror', (error) => errors.push(`${page.url()}: ${error.message}`));
    page.on('dialog', (dialog) => {
      errors.push(`${page.url()}: a dialog opened`);
      void dialog.dismiss();
    });
    await page.goto(url);
    return page;
  }
  const errors: string[] = [];
  afterEach(() => expect(errors.splice(0)).to.deep.equal([]));

  it('says what is drifted, since when, by whom, and what cannot be told', async () => {
    const page = await visit(`${served.url}/`);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).to.equal('4 of 8 checks have drifted');
    const row = page.getByRole('row', { name: /prod-shop/ });
    expect(await row.innerText())
      .to.contain('2 resources')
      .and.to.contain('alice@example.org')
      .and.to.contain('2 days 3 hours');
    expect(await row.locator('time').first().getAttribute('title')).to.equal('2026-11-19 04:00:00 UTC');
    expect(await page.getByRole('row', { name: /prod-dns/ }).innerText())
      .to.contain('cannot tell')
      .and.to.contain('last run blind');
    expect(await page.getByRole('row', { name: /staging-shop/ }).innerText()).to.contain('stale');
    expect(await page.getByRole('row', { name: /new-cluster/ }).innerText())
      .to.contain('not known yet')
      .and.to.contain('running');
    expect(await page.getByText('the store is corrupt').count()).to.equal(1);
    await page.close();
  });

  it('filters and sorts by its form and its headings, in the URL', async () => {
    const page = await visit(`${served.url}/`);
    await page.getByLabel('Checker').selectOption('ansible');
    await page.getByRole('button', { name: 'Filter' }).click();
    expect(new URL(page.url()).searchParams.get('checker')).to.equal('ansible');
    expect(await page.locator('tbody tr').count()).to.equal(2);
    expect(await page.locator('.copy').innerText()).to.contain('/diff?checker=ansible');
    await page.getByRole('link', { name: 'Check', exact: true }).click();
    expect(page.url()).to.contain('checker=ansible').and.to.contain('sort=check');
    expect(await page.locator('th[aria-sort]').innerText()).to.contain('Check');
    await page.getByRole('link', { name: 'Clear' }).click();
    expect(await page.locator('tbody tr').count()).to.equal(8);
    await page.close();
  });

  it('shows a check with its diff, its failures, its history and its configuration', async () => {
    const page = await visit(`${served.url}/checks/prod-shop`);
    const card = page.locator('article').first();
    expect(await card.locator('del').first().innerText()).to.match(/^- 3\n?$/);
    expect(await card.locator('ins').first().innerText()).to.match(/^\+ 5\n?$/);
    expect(await page.getByRole('img').getAttribute('aria-label')).to.equal(
      'The last 60 runs: 37 in sync, 18 drifted, 5 could not tell.',
    );
    await page.getByText('Configuration').click();
    expect(await page.locator('details pre.plain').innerText()).to.contain('"dir"');
    await page.goto(`${served.url}/checks/prod-hosts`);
    expect(await page.locator('.banner.error').innerText()).to.contain('No route to host');
    expect(await page.locator('article').count()).to.equal(1);
    await page.close();
  });

  it('runs a check by its button and shows what is then known', async () => {
    const own = await serve(smallFleet());
    const page = await visit(`${own.url}/checks/prod-network`);
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.waitForURL(/\/checks\/prod-network/);
    expect(await page.locator('main').innerText()).to.contain('Nothing differs.');
    await page.close();
    await own.close();
  });

  it('has no button where that is not allowed', async () => {
    const own = await serve(smallFleet(), { web: webConfig({ enableLifecycle: false }) });
    const page = await visit(`${own.url}/checks/prod-network`);
    expect(await page.getByRole('button', { name: 'Run now' }).count()).to.equal(0);
    await page.close();
    await own.close();
  });

  it('reloads itself while a run goes on only where that was asked for', async () => {
    const refresh = async (path: string): Promise<string | null> =>
      (await fetch(served.url + path)).headers.get('refresh');
    expect(await refresh('/checks/new-cluster')).to.equal(null);
    expect(await refresh('/checks/new-cluster?watch=1')).to.equal('3');
    expect(await refresh('/checks/prod-shop?watch=1')).to.equal(null);
  });

  it('pages through many checks and many drifts', async () => {
    const own = await serve(largeFleet(120, 60));
    const page = await visit(`${own.url}/`);
    expect(await page.locator('tbody tr').count()).to.equal(50);
    await page.getByRole('link', { name: 'Next' }).click();
    await page.getByRole('link', { name: 'Next' }).click();
    expect(await page.locator('tbody tr').count()).to.equal(20);
    await page.goto(`${own.url}/checks/check-0000?page=3`);
    expect(await page.locator('article').count()).to.equal(10);
    await page.goto(`${own.url}/diff`);
    expect(await page.locator('article').count()).to.equal(50);
    await page.getByRole('link', { name: 'Next' }).click();
    expect(await page.locator('article .address').first().innerText()).to.equal('apps/Deployment/ns/app-050');
    await page.close();
    await own.close();
  });

  it('has a state for no checks, for no match and for an error', async () => {
    const board = new Board();
    board.configure([]);
    const own = await serve(board);
    const page = await visit(`${own.url}/`);
    expect(await page.locator('h1').innerText()).to.equal('No checks are configured');
    await page.goto(`${served.url}/?check=zzz`);
    expect(await page.locator('main').innerText()).to.contain('No check matches these filters');
    await page.goto(`${served.url}/checks/nobody`);
    expect(await page.locator('h1').innerText()).to.contain('There is no check');
    expect(errors.splice(0).join(' ')).to.contain('404');
    await page.close();
    await own.close();
  });

  it('can be walked with the keyboard, from a link that skips to the content', async () => {
    const page = await visit(`${served.url}/`);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).to.equal('Skip to the content');
    await page.keyboard.press('Enter');
    expect(page.url()).to.match(/#main$/);
    await page.close();
  });

  it('keeps hostile text inert in every field it shows', async () => {
    const own = await serve(hostileBoard(), {
      notes: () => [HOSTILE],
      describe: () => ({ x: HOSTILE }),
      version: HOSTILE,
      sources: () => [{ name: HOSTILE, kind: 'git', location: HOSTILE, revision: HOSTILE, error: HOSTILE }],
      runs: async (check) =>
        summaries(check, 10).map((run) => ({
          ...run,
          revision: HOSTILE,
          failures: [{ phase: HOSTILE, reason: HOSTILE, message: HOSTILE }],
        })),
    });
    const name = encodeURIComponent(HOSTILE);
    const paths = [
      '/',
      '/diff',
      `/checks/${name}`,
      '/sources',
      `/?check=${name}`,
      `/diff?type=${name}`,
      `/checks/${name}?address=${name}`,
    ];
    for (const path of paths) {
      const page = await visit(own.url + path, { script: true });
      expect(await page.locator('img, script, [onerror], [onload], [style], b b').count(), path).to.equal(0);
      await page.close();
    }
    await own.close();
  });

  for (const [width, colorScheme] of [
    [1280, 'light'],
    [1280, 'dark'],
    [375, 'light'],
    [375, 'dark'],
  ] as const) {
    it(`has no accessibility violation and no sideways scroll at ${width} px, ${colorScheme}`, async () => {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
      const all = width > 1000 && colorScheme === 'light';
      for (const path of all
        ? [...FEW, '/diff', '/checks/prod-hosts', '/checks/new-cluster', '/sources', '/?check=zzz']
        : FEW) {
        const page = await context.newPage();
        await page.goto(served.url + path);
        await page.evaluate(
          "document.querySelectorAll('main > details, form details').forEach((d) => (d.open = true))",
        );
        await page.evaluate(axe.source);
        const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
        expect(violations.map(({ id, nodes }) => `${path}: ${id}: ${nodes[0]?.html ?? ''}`)).to.deep.equal([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(width);
        await page.close();
      }
      await context.close();
    });
  }
});

const FEW = ['/', '/checks/prod-shop', '/checks/prod-dns'];

const HOSTILE = `"'><img src=x onerror=alert(1)><script>alert(2)</script></title></pre><b onload='x'>\u202e\u0000\u001b[31m&lt;&#x27;`;

function hostileBoard(): Board {
  const check = checkConfig(HOSTILE, { checker: HOSTILE, labels: { team: HOSTILE } });
  const other = checkConfig('other', { labels: { team: 'b' } });
  const board = new Board();
  board.configure([check, other]);
  const known = { kind: 'known' as const, value: `${HOSTILE}\n${HOSTILE}` };
  record(board, check, [
    runResult(check, {
      revision: HOSTILE,
      drift: [
        {
          address: HOSTILE,
          type: HOSTILE,
          scope: HOSTILE,
          action: 'update',
          cause: 'out_of_band',
          actor: { name: HOSTILE, class: 'human', at: HOSTILE },
          origin: { file: HOSTILE },
          changes: [
            {
              op: 'replace',
              path: `/${HOSTILE}`,
              live: known,
              desired: { kind: 'known', value: { [HOSTILE]: HOSTILE } },
            },
          ],
        },
      ],
      failures: [{ phase: 'observe', reason: 'invalid', message: HOSTILE, address: HOSTILE }],
      notices: [{ kind: 'warning', message: HOSTILE, address: HOSTILE }],
      notCompared: [{ address: HOSTILE, type: HOSTILE, why: HOSTILE }],
      suppressed: [{ address: HOSTILE, type: HOSTILE, rule: HOSTILE }],
    }),
  ]);
  return board;
}
