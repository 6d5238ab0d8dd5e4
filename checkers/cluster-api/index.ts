import { defineChecker, type Checker } from '../../src/checker.ts';
import { compareClusterApi } from './compare.ts';
import { argoCdClusters } from './discover/argo-cd.ts';
import { clusterApiClusters } from './discover/cluster-api.ts';
import type { ClusterApiObservation } from './facts.ts';
import { observeClusterApi } from './observe.ts';
import { clusterApiOptions, type ClusterApiOptions } from './options.ts';

/** Compares Cluster API's machines with what their owners ask for, and finds workload clusters. */
export const clusterApi: Checker<ClusterApiOptions, ClusterApiObservation> = defineChecker({
  apiVersion: 1,
  name: 'cluster-api',
  options: clusterApiOptions,
  observe: observeClusterApi,
  compare: compareClusterApi,
  discoverers: [clusterApiClusters, argoCdClusters],
});
