import type { AdmissionController } from './controller.ts';
import { kyverno } from './kyverno.ts';
import { policyController } from './policy-controller.ts';
import { ratify } from './ratify.ts';
import type { AdmissionControllerName } from './settings.ts';

/** Every program of a cluster for which policies are printed. */
export const admissionControllerTable: Readonly<Record<AdmissionControllerName, AdmissionController>> = {
  kyverno,
  'policy-controller': policyController,
  ratify,
};
