import { expect } from 'chai';
import { helmCannot } from '../../../checkers/kubernetes/desired/helm-cannot.ts';
import { checkerContext, type TestContext } from '../../support/checker-context.ts';

/** What a program says before it ends with 1, and what that comes to. */
const SAID: readonly (readonly [string, string | undefined])[] = [
  [
    'Error: An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing ' +
      'dependencies: found in Chart.yaml, but missing in charts/ directory: redis',
    'its chart has dependencies that are not in git',
  ],
  ['Error: template: web/templates/all.yaml:1:3: executing "web" at <.Values.x>: nil pointer', undefined],
];

describe('what helm cannot render here', () => {
  let context: TestContext;

  before(async () => {
    context = await checkerContext({ sourceDir: '/' });
  });

  after(() => context.cleanup());

  const failing = async (file: string, args: readonly string[]): Promise<unknown> =>
    context.run(file, args).then(
      () => undefined,
      (error: unknown) => error,
    );

  for (const [said, expected] of SAID) {
    it(`${said.slice(0, 60)}...: ${expected ?? 'a failure'}`, async () => {
      expect(helmCannot(await failing('sh', ['-c', 'echo "$0" >&2; exit 1', said]))).to.equal(expected);
    });
  }

  it('a program that is not there', async () => {
    expect(helmCannot(await failing('helm-that-is-not-there', []))).to.equal('helm is not on PATH');
    expect(helmCannot(await failing('kustomize-that-is-not-there', []))).to.equal(undefined);
  });
});
