/**
 * Scalar fields of the built-in kinds that are written without a pointer and with `omitempty`: the API server cannot tell
 * their zero value (`false`, `0`, `""`) from absence and never shows it. A field that is not here keeps its zero, and a zero
 * that is gone was removed. One line a type of k8s.io/api, apimachinery, apiextensions and kube-aggregator 1.36.
 */
const table = `
admissionregistration.ApplyConfiguration: expression
admissionregistration.MutatingAdmissionPolicyBindingSpec: policyName
admissionregistration.MutatingAdmissionPolicySpec: reinvocationPolicy
admissionregistration.ParamKind: apiVersion kind
admissionregistration.ParamRef: name namespace
admissionregistration.ValidatingAdmissionPolicyBindingSpec: policyName
admissionregistration.Validation: message messageExpression
apiextensions.CustomResourceColumnDefinition: format description priority
apiextensions.CustomResourceDefinitionNames: singular listKind
apiextensions.CustomResourceDefinitionSpec: preserveUnknownFields
apiextensions.CustomResourceDefinitionVersion: deprecated
apiextensions.ExternalDocumentation: description url
apiextensions.JSONSchemaProps: id $schema description type format title exclusiveMaximum exclusiveMinimum pattern uniqueItems nullable x-kubernetes-embedded-resource x-kubernetes-int-or-string
apiextensions.ValidationRule: message messageExpression fieldPath
apiregistration.APIServiceSpec: group version insecureSkipTLSVerify
apiregistration.ServiceReference: namespace name
apps.DaemonSetSpec: minReadySeconds
apps.DaemonSetUpdateStrategy: type
apps.DeploymentSpec: minReadySeconds paused
apps.DeploymentStrategy: type
apps.ReplicaSetSpec: minReadySeconds
apps.StatefulSetPersistentVolumeClaimRetentionPolicy: whenDeleted whenScaled
apps.StatefulSetSpec: podManagementPolicy minReadySeconds
apps.StatefulSetUpdateStrategy: type
autoscaling.CrossVersionObjectReference: apiVersion
autoscaling.ScaleSpec: replicas
batch.CronJobSpec: concurrencyPolicy
core.AWSElasticBlockStoreVolumeSource: fsType partition readOnly
core.AzureFilePersistentVolumeSource: readOnly
core.AzureFileVolumeSource: readOnly
core.CSIPersistentVolumeSource: readOnly fsType
core.CephFSPersistentVolumeSource: path user secretFile readOnly
core.CephFSVolumeSource: path user secretFile readOnly
core.CinderPersistentVolumeSource: fsType readOnly
core.CinderVolumeSource: fsType readOnly
core.ConfigMapNodeConfigSource: uid resourceVersion
core.Container: image workingDir terminationMessagePath terminationMessagePolicy imagePullPolicy stdin stdinOnce tty
core.ContainerImage: sizeBytes
core.ContainerPort: name hostPort protocol hostIP
core.ContainerRestartRule: action
core.ContainerRestartRuleOnExitCodes: operator
core.ContainerStateTerminated: signal reason message containerID
core.ContainerStateWaiting: reason message
core.EmptyDirVolumeSource: medium
core.EndpointAddress: hostname
core.EndpointPort: name protocol
core.EnvFromSource: prefix
core.EnvVar: value
core.EphemeralContainer: targetContainerName
core.EphemeralContainerCommon: image workingDir terminationMessagePath terminationMessagePolicy imagePullPolicy stdin stdinOnce tty
core.Event: reason message count type action
core.EventSeries: count
core.EventSource: component host
core.FCVolumeSource: fsType readOnly
core.FlexPersistentVolumeSource: fsType readOnly
core.FlexVolumeSource: fsType readOnly
core.FlockerVolumeSource: datasetName datasetUUID
core.GCEPersistentDiskVolumeSource: fsType partition readOnly
core.GitRepoVolumeSource: revision directory
core.GlusterfsPersistentVolumeSource: readOnly
core.GlusterfsVolumeSource: readOnly
core.HTTPGetAction: path host scheme
core.ISCSIPersistentVolumeSource: iscsiInterface fsType readOnly chapAuthDiscovery chapAuthSession
core.ISCSIVolumeSource: iscsiInterface fsType readOnly chapAuthDiscovery chapAuthSession
core.ImageVolumeSource: reference pullPolicy
core.LocalObjectReference: name
core.NFSVolumeSource: readOnly
core.NodeSpec: podCIDR providerID unschedulable externalID
core.ObjectFieldSelector: apiVersion
core.ObjectReference: kind namespace name uid apiVersion resourceVersion fieldPath
core.PersistentVolumeClaimSpec: volumeName
core.PersistentVolumeClaimVolumeSource: readOnly
core.PersistentVolumeSpec: persistentVolumeReclaimPolicy storageClassName
core.PhotonPersistentDiskVolumeSource: fsType
core.PodCertificateProjection: signerName keyType credentialBundlePath keyPath certificateChainPath
core.PodDNSConfigOption: name
core.PodSpec: restartPolicy dnsPolicy serviceAccountName serviceAccount nodeName hostNetwork hostPID hostIPC hostname subdomain schedulerName priorityClassName
core.PortworxVolumeSource: fsType readOnly
core.PreferAvoidPodsEntry: reason message
core.Probe: initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold
core.QuobyteVolumeSource: readOnly user group tenant
core.RBDPersistentVolumeSource: fsType pool user keyring readOnly
core.RBDVolumeSource: fsType pool user keyring readOnly
core.ReplicationControllerSpec: minReadySeconds
core.ResourceClaim: request
core.ResourceFieldSelector: containerName
core.ResourceHealth: health
core.ScaleIOPersistentVolumeSource: sslEnabled protectionDomain storagePool storageMode volumeName fsType readOnly
core.ScaleIOVolumeSource: sslEnabled protectionDomain storagePool storageMode volumeName fsType readOnly
core.Secret: type
core.SecretReference: name namespace
core.SecretVolumeSource: secretName
core.ServiceAccountTokenProjection: audience
core.ServicePort: name protocol nodePort targetPort
core.ServiceSpec: clusterIP type sessionAffinity loadBalancerIP externalName externalTrafficPolicy healthCheckNodePort publishNotReadyAddresses
core.StorageOSPersistentVolumeSource: volumeName volumeNamespace fsType readOnly
core.StorageOSVolumeSource: volumeName volumeNamespace fsType readOnly
core.TCPSocketAction: host
core.Taint: value
core.Toleration: key operator value effect
core.VolumeMount: readOnly subPath subPathExpr
core.VsphereVirtualDiskVolumeSource: fsType storagePolicyName storagePolicyID
events.Event: reportingController reportingInstance action reason note type deprecatedCount
flowcontrol.ResourcePolicyRule: clusterScope
meta.ListMeta: selfLink resourceVersion continue
meta.ManagedFieldsEntry: manager operation apiVersion fieldsType subresource
meta.ObjectMeta: name generateName namespace selfLink uid resourceVersion generation
networking.HTTPIngressPath: path
networking.IngressClassSpec: controller
networking.IngressLoadBalancerIngress: ip hostname
networking.IngressRule: host
networking.IngressTLS: secretName
networking.ParentReference: group resource namespace name
networking.ServiceBackendPort: name number
rbac.Subject: apiGroup namespace
resource.DeviceSubRequest: allocationMode count
resource.DeviceTaint: value
resource.DeviceToleration: key operator value effect
resource.ExactDeviceRequest: allocationMode count
resource.NetworkDeviceData: interfaceName hardwareAddress
resource.ResourceClaimConsumerReference: apiGroup
scheduling.PriorityClass: globalDefault description
storage.VolumeError: message
`;

const droppedByType = new Map(
  table
    .trim()
    .split('\n')
    .map((line) => {
      const [type = '', fields = ''] = line.split(': ');
      return [type, new Set(fields.split(' '))] as const;
    }),
);

/** The fields of a built-in type (`core.Container`) whose zero value the server drops. */
export function droppedZerosOf(type: string): ReadonlySet<string> | undefined {
  return droppedByType.get(type);
}
