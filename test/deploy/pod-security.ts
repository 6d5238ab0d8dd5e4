interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly seccompProfile?: { readonly type?: string };
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly privileged?: boolean;
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
}

export interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext?: SecurityContext;
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
  readonly containers: readonly {
    readonly name: string;
    readonly image: string;
    readonly args?: readonly string[];
    readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
    readonly securityContext?: SecurityContext;
    readonly resources?: { readonly limits?: object; readonly requests?: object };
    readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  }[];
}

const VOLUMES = new Set(
  'configMap csi downwardAPI emptyDir ephemeral persistentVolumeClaim projected secret'.split(' '),
);

/** What the Pod Security Standard "restricted" would refuse, and a root file system that can be written; a line each. */
export function podSecurityIssues(pod: PodSpec): readonly string[] {
  const shared = pod.securityContext ?? {};
  const host = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((key) => pod[key] === true);
  const volumes = (pod.volumes ?? [])
    .flatMap((volume) => Object.keys(volume).filter((key) => key !== 'name'))
    .filter((kind) => !VOLUMES.has(kind))
    .map((kind) => `volume of kind ${kind}`);
  return [...host, ...volumes, ...pod.containers.flatMap(({ name, securityContext }) => of(name, securityContext))];

  function of(name: string, own: SecurityContext = {}): readonly string[] {
    const rules: Readonly<Record<string, boolean>> = {
      runAsNonRoot: (own.runAsNonRoot ?? shared.runAsNonRoot) === true,
      runAsUser: (own.runAsUser ?? shared.runAsUser ?? 1) !== 0,
      seccompProfile: (own.seccompProfile ?? shared.seccompProfile)?.type === 'RuntimeDefault',
      allowPrivilegeEscalation: own.allowPrivilegeEscalation === false,
      readOnlyRootFilesystem: own.readOnlyRootFilesystem === true,
      privileged: own.privileged !== true,
      'capabilities.drop': own.capabilities?.drop?.includes('ALL') === true,
      'capabilities.add': (own.capabilities?.add ?? []).length === 0,
    };
    return Object.entries(rules).flatMap(([rule, kept]) => (kept ? [] : [`${name}: ${rule}`]));
  }
}
