/** Fields that the API server or a controller chooses when git leaves them open, by type. */
const ALLOCATED: Readonly<Record<string, ReadonlySet<string>>> = {
  'core.ServiceSpec': new Set(['clusterIP', 'clusterIPs', 'healthCheckNodePort', 'ipFamilies', 'ipFamilyPolicy']),
  'core.ServicePort': new Set(['nodePort']),
  'core.PersistentVolumeClaimSpec': new Set(['storageClassName', 'volumeName']),
  'core.PodSpec': new Set(['nodeName']),
};

/** Whether a field of a built-in type (`core.ServiceSpec`) is filled in with a value of the cluster's choice. */
export function isServerAllocated(type: string | undefined, field: string): boolean {
  return type !== undefined && ALLOCATED[type]?.has(field) === true;
}
