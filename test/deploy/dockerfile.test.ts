import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate, ValidationSeverity } from 'dockerfile-utils';
import picomatch from 'picomatch';

const ROOT = join(import.meta.dirname, '../..');
const DOCKERFILE = readFileSync(join(ROOT, 'deploy/docker/Dockerfile'), 'utf8');

/** Instructions by their first word, continued lines joined. */
const instructions = DOCKERFILE.replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => ({ name: line.split(' ')[0]!, rest: line.slice(line.indexOf(' ') + 1) }));
const of = (...names: readonly string[]): readonly string[] =>
  instructions.filter(({ name }) => names.includes(name)).map(({ rest }) => rest);

/** Whether the build sees a path: the last line of .dockerignore that matches it decides. */
function isSent(path: string): boolean {
  const lines = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
  const last = lines.findLast((line) => {
    const glob = line.replace(/^!/, '');
    return picomatch.isMatch(path, [glob, `${glob}/**`], { dot: true });
  });
  return last?.startsWith('!') === true;
}

describe('the Dockerfile', () => {
  it('has no problem that the linter knows', () => {
    const problems = validate(DOCKERFILE, {
      instructionCasing: ValidationSeverity.ERROR,
      instructionCmdMultiple: ValidationSeverity.ERROR,
      instructionEntrypointMultiple: ValidationSeverity.ERROR,
      instructionHealthcheckMultiple: ValidationSeverity.ERROR,
      instructionJSONInSingleQuotes: ValidationSeverity.ERROR,
      instructionWorkdirRelative: ValidationSeverity.ERROR,
      directiveCasing: ValidationSeverity.ERROR,
      emptyContinuationLine: ValidationSeverity.ERROR,
      deprecatedMaintainer: ValidationSeverity.ERROR,
    });
    expect(problems.map(({ range, message }) => ({ line: range.start.line + 1, message }))).to.deep.equal([]);
  });

  it('names every foreign image by a version in an argument that can be a digest', () => {
    const args = new Map(of('ARG').map((text) => text.split('=') as [string, string]));
    for (const image of args.values()) expect(image).to.match(/:v?\d[\w.-]*$/);
    const stages = of('FROM').map((text) => text.split(' AS '));
    const own = new Set(stages.map(([, name]) => name));
    for (const [from] of stages) {
      const known = own.has(from) || args.has(/^\$\{(\w+)\}$/.exec(from!)?.[1] ?? '');
      expect(known, from).to.equal(true);
    }
  });

  it('ends every variant as a user without rights', () => {
    let user: string | undefined;
    const users = new Map<string, string | undefined>();
    let stage = '';
    for (const { name, rest } of instructions) {
      if (name === 'FROM') {
        const [from, as] = rest.split(' AS ');
        stage = as ?? from!;
        user = users.get(from!);
      }
      if (name === 'USER') user = rest;
      users.set(stage, user);
    }
    for (const variant of ['base', 'plain', 'terraform', 'kubectl', 'ansible', 'tools']) {
      expect(users.get(variant), variant).to.equal('65532:65532');
    }
  });

  it('copies only what the build sees, and fetches nothing', () => {
    expect(of('ADD')).to.deep.equal([]);
    const sources = of('COPY')
      .filter((text) => !text.startsWith('--from='))
      .flatMap((text) => text.split(' ').slice(0, -1));
    expect(sources).not.to.be.empty;
    for (const source of sources) {
      expect(globSync(source, { cwd: ROOT }), source).to.deep.equal([source]);
      expect(isSent(source), `${source} in .dockerignore`).to.equal(true);
    }
    expect(isSent('test/deploy/dockerfile.test.ts')).to.equal(false);
    expect(isSent('data/drift.db')).to.equal(false);
  });

  it('starts what the package names, with a configuration that can be mounted', () => {
    const { bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { bin: Record<string, string> };
    expect(of('ENTRYPOINT').join()).to.include(`/app/${bin['drift-exporter']}`);
    expect(of('CMD').join()).to.include('/etc/drift-exporter/drift-exporter.yaml');
  });
});
