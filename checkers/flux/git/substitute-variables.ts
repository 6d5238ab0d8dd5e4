import type { Failure } from '../../../src/checker.ts';
import { parseManifests, type Declared } from '../../kubernetes/desired/parse-manifests.ts';
import { sealedPointers } from '../../kubernetes/desired/sealed-pointers.ts';
import { formatYaml } from '../../kubernetes/desired/yaml.ts';
import type { DesiredObject, KubeObject } from '../../kubernetes/observation.ts';
import { envsubst, SubstitutionError } from './envsubst.ts';

/** Variables of a Kustomization's postBuild. */
export interface Variables {
  readonly values: ReadonlyMap<string, string>;
  /** The names of those that were read from Secrets, or are called like credentials. */
  readonly secret: ReadonlySet<string>;
}

const MARK = 'kustomize.toolkit.fluxcd.io/substitute';

/** Puts variables into the objects, as text of their YAML: `${REPLICAS}` becomes a number. What cannot be is a failure. */
export function substituteVariables(declared: Declared, variables: Variables): Declared {
  const objects: DesiredObject[] = [];
  const failures: Failure[] = [...declared.failures];
  const notices = [...declared.notices];
  const notCompared = [...declared.notCompared];
  for (const desired of declared.objects) {
    const { object } = desired;
    const { labels, annotations } = object.metadata;
    if (labels?.[MARK] === 'disabled' || annotations?.[MARK] === 'disabled') {
      objects.push(desired);
      continue;
    }
    try {
      const text = envsubst(formatYaml(object), variables.values);
      const made = parseManifests({ text, name: `${object.kind} ${object.metadata.name}`, isFile: false });
      const sealed = sealedIn(object, variables.secret);
      objects.push(
        ...made.objects.map((one) => ({ ...desired, object: one.object, ...(sealed.length > 0 && { sealed }) })),
      );
      failures.push(...made.failures);
      notices.push(...made.notices);
      notCompared.push(...made.notCompared);
    } catch (error) {
      if (!(error instanceof SubstitutionError)) throw error;
      const message = `${object.kind} ${object.metadata.name}: its variables: ${error.message}`;
      failures.push({ phase: 'source', reason: 'invalid', message });
    }
  }
  return { objects, failures, notices, notCompared };
}

/** Where values of Secrets go. */
function sealedIn(object: KubeObject, secret: ReadonlySet<string>): string[] {
  if (secret.size === 0) return [];
  const names = new RegExp(String.raw`\$\{[^}]*\b(?:${Array.from(secret).join('|')})\b`);
  return sealedPointers(object, (text) => names.test(text));
}
