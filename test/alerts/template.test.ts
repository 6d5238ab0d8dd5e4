import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configDir, eventually, startService } from '../support/service.ts';
import { needs } from '../support/skips.ts';

const template = join(import.meta.dirname, '../../alerts/drift.tmpl');

const alert = (status: string, check: string, url: string) => ({
  status,
  labels: { alertname: 'DriftDetected', check, severity: 'page' },
  annotations: {
    summary: `${check} drifted: 1 update (out_of_band)`,
    link: `${url}/checks/${check}`,
    runbook_url: 'https://runbooks.example.org/DriftDetected.md',
  },
  startsAt: '2026-01-01T00:00:00Z',
  endsAt: '0001-01-01T00:00:00Z',
});

describe('the Alertmanager template', () => {
  let dir: string;
  before(async function () {
    needs(this, { amtool: 'apt-get install prometheus-alertmanager' });
    dir = await mkdtemp(join(tmpdir(), 'drift-template-'));
  });
  after(async () => {
    if (dir !== undefined) await rm(dir, { recursive: true });
  });

  const render = async (name: string, alerts: readonly ReturnType<typeof alert>[]): Promise<string> => {
    const [first] = alerts;
    const data = {
      receiver: 'chat',
      status: first?.status,
      alerts,
      groupLabels: {},
      commonLabels: alerts.length === 1 ? first?.labels : { alertname: 'DriftDetected' },
      commonAnnotations: {},
      externalURL: '',
    };
    await writeFile(join(dir, 'data.json'), JSON.stringify(data));
    return execFileSync(
      'amtool',
      [
        'template',
        'render',
        `--template.glob=${template}`,
        `--template.text={{ template "${name}" . }}`,
        `--template.data=${join(dir, 'data.json')}`,
      ],
      { encoding: 'utf8' },
    );
  };

  it('says in the title what it is about, how many there are, and that it is over', async () => {
    const one = [alert('firing', 'prod-network', 'https://drift.example.org')];
    expect((await render('drift.title', one)).trim()).to.equal('DriftDetected prod-network');
    expect((await render('drift.title', [...one, alert('firing', 'b', 'https://x')])).trim()).to.equal(
      'DriftDetected (2)',
    );
    expect((await render('drift.title', [alert('resolved', 'a', 'https://x')])).trim()).to.equal(
      'resolved: DriftDetected a',
    );
  });

  it('says in the text what differs, with links to the page, the drift in a few lines, and the runbook', async () => {
    expect(
      (await render('drift.text', [alert('firing', 'prod-network', 'https://drift.example.org')])).trim(),
    ).to.equal(
      `prod-network drifted: 1 update (out_of_band)
<https://drift.example.org/checks/prod-network|page> | <https://drift.example.org/diff/prod-network?format=summary|what differs> | <https://runbooks.example.org/DriftDetected.md|runbook>`,
    );
  });

  it('links to what the service answers', async () => {
    const { file, remove } = await configDir(
      "checks: [{ name: a, checker: command, options: { command: [sh, -c, 'exit 2'] } }]",
    );
    const service = await startService(file);
    await eventually(async () => (await service.json('/diff')).checks[0]?.status === 'drifted');
    const text = await render('drift.text', [alert('firing', 'a', service.url)]);
    const links = [...text.matchAll(/<(http:[^|]+)\|/g)].map(([, link]) => link ?? '');
    expect(links).to.have.length(2);
    for (const link of links) expect((await fetch(link)).status, link).to.equal(200);
    expect(await (await fetch(links[1] ?? '')).text())
      .to.include('`a`')
      .and.have.length.below(3000);
    await service.end('SIGTERM');
    await remove();
  });
});
